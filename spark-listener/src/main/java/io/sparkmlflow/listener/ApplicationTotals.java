package io.sparkmlflow.listener;

import org.apache.spark.TaskCommitDenied;
import org.apache.spark.TaskEndReason;
import org.apache.spark.TaskKilled;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.JobSucceeded$;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;

/**
 * Sums over all jobs, stages and tasks of an application, by the rules of Spark's own web page. Added to by the bus thread,
 * read by the thread that samples.
 */
final class ApplicationTotals {
    private long jobsSucceeded;
    private long jobsFailed;
    private long stagesSucceeded;
    private long stagesFailed;
    private long stagesRetried;
    private long tasksSucceeded;
    private long tasksFailed;
    private long tasksKilled;
    private long tasksRetried;
    private long executorRunMillis;
    private long executorCpuNanos;
    private long gcMillis;
    private long inputBytes;
    private long inputRecords;
    private long outputBytes;
    private long outputRecords;
    private long shuffleReadBytes;
    private long shuffleReadRecords;
    private long shuffleWriteBytes;
    private long shuffleWriteRecords;
    private long memorySpilledBytes;
    private long diskSpilledBytes;
    private long peakExecutionMemory;

    synchronized void add(SparkListenerJobEnd event) {
        if (event.jobResult() instanceof JobSucceeded$) {
            jobsSucceeded++;
        } else {
            jobsFailed++;
        }
    }

    synchronized void add(StageInfo stage) {
        if (stage.failureReason().isDefined()) {
            stagesFailed++;
        } else {
            stagesSucceeded++;
        }
        if (stage.attemptNumber() > 0) {
            stagesRetried++;
        }
    }

    /** Allocates nothing: this runs for every task. */
    synchronized void add(SparkListenerTaskEnd event) {
        if (event.taskInfo() != null) {
            if (event.taskInfo().successful()) {
                tasksSucceeded++;
            } else if (isKilled(event.reason())) {
                tasksKilled++;
            } else {
                tasksFailed++;
            }
            if (event.taskInfo().attemptNumber() > 0) {
                tasksRetried++;
            }
        }
        TaskMetrics task = event.taskMetrics();
        if (task == null) {
            return;
        }
        executorRunMillis += task.executorRunTime();
        executorCpuNanos += task.executorCpuTime();
        gcMillis += task.jvmGCTime();
        inputBytes += task.inputMetrics().bytesRead();
        inputRecords += task.inputMetrics().recordsRead();
        outputBytes += task.outputMetrics().bytesWritten();
        outputRecords += task.outputMetrics().recordsWritten();
        shuffleReadBytes += task.shuffleReadMetrics().totalBytesRead();
        shuffleReadRecords += task.shuffleReadMetrics().recordsRead();
        shuffleWriteBytes += task.shuffleWriteMetrics().bytesWritten();
        shuffleWriteRecords += task.shuffleWriteMetrics().recordsWritten();
        memorySpilledBytes += task.memoryBytesSpilled();
        diskSpilledBytes += task.diskBytesSpilled();
        peakExecutionMemory = Math.max(peakExecutionMemory, task.peakExecutionMemory());
    }

    /** As Spark's page counts them: a task whose commit was denied has lost to another attempt. */
    private static boolean isKilled(TaskEndReason reason) {
        return reason instanceof TaskKilled || reason instanceof TaskCommitDenied;
    }

    /** Tells every sum, under its name in the group {@code spark/}; times in seconds. */
    synchronized void forEach(MetricConsumer consumer) {
        consumer.accept("spark/jobs_succeeded", jobsSucceeded);
        consumer.accept("spark/jobs_failed", jobsFailed);
        consumer.accept("spark/stages_succeeded", stagesSucceeded);
        consumer.accept("spark/stages_failed", stagesFailed);
        consumer.accept("spark/stages_retried", stagesRetried);
        consumer.accept("spark/tasks_succeeded", tasksSucceeded);
        consumer.accept("spark/tasks_failed", tasksFailed);
        consumer.accept("spark/tasks_killed", tasksKilled);
        consumer.accept("spark/tasks_retried", tasksRetried);
        consumer.accept("spark/executor_run_time_seconds", executorRunMillis / 1e3);
        consumer.accept("spark/executor_cpu_time_seconds", executorCpuNanos / 1e9);
        consumer.accept("spark/jvm_gc_time_seconds", gcMillis / 1e3);
        consumer.accept("spark/input_bytes", inputBytes);
        consumer.accept("spark/input_records", inputRecords);
        consumer.accept("spark/output_bytes", outputBytes);
        consumer.accept("spark/output_records", outputRecords);
        consumer.accept("spark/shuffle_read_bytes", shuffleReadBytes);
        consumer.accept("spark/shuffle_read_records", shuffleReadRecords);
        consumer.accept("spark/shuffle_write_bytes", shuffleWriteBytes);
        consumer.accept("spark/shuffle_write_records", shuffleWriteRecords);
        consumer.accept("spark/memory_spilled_bytes", memorySpilledBytes);
        consumer.accept("spark/disk_spilled_bytes", diskSpilledBytes);
        consumer.accept("spark/peak_execution_memory_bytes", peakExecutionMemory);
    }

    /** Takes one sum. */
    @FunctionalInterface
    interface MetricConsumer {
        void accept(String name, double value);
    }
}
