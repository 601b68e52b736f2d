package io.sparkmlflow.listener;

import io.sparkmlflow.entities.Metric;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.JobSucceeded$;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Sums over all jobs, stages and tasks of an application. Used by the bus thread alone. */
final class ApplicationTotals {
    private long jobsSucceeded;
    private long jobsFailed;
    private long stagesSucceeded;
    private long stagesFailed;
    private long tasksSucceeded;
    private long tasksFailed;
    private long executorRunMillis;
    private long executorCpuNanos;
    private long gcMillis;
    private long inputBytes;
    private long inputRecords;
    private long outputBytes;
    private long outputRecords;
    private long shuffleReadBytes;
    private long shuffleWriteBytes;
    private long memorySpilledBytes;
    private long diskSpilledBytes;
    private long peakExecutionMemory;

    void add(SparkListenerJobEnd event) {
        if (event.jobResult() instanceof JobSucceeded$) {
            jobsSucceeded++;
        } else {
            jobsFailed++;
        }
    }

    void add(SparkListenerStageCompleted event) {
        if (event.stageInfo().failureReason().isDefined()) {
            stagesFailed++;
        } else {
            stagesSucceeded++;
        }
    }

    void add(SparkListenerTaskEnd event) {
        if (event.taskInfo().successful()) {
            tasksSucceeded++;
        } else {
            tasksFailed++;
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
        shuffleWriteBytes += task.shuffleWriteMetrics().bytesWritten();
        memorySpilledBytes += task.memoryBytesSpilled();
        diskSpilledBytes += task.diskBytesSpilled();
        peakExecutionMemory = Math.max(peakExecutionMemory, task.peakExecutionMemory());
    }

    /**
     * Returns the sums as metrics in the group {@code spark/}.
     *
     * @param startTime milliseconds since the epoch
     * @param now milliseconds since the epoch
     */
    List<Metric> toMetrics(long startTime, long now) {
        List<Metric> metrics = new ArrayList<>();
        add(metrics, "wall_time_seconds", (now - startTime) / 1e3, now);
        add(metrics, "jobs_succeeded", jobsSucceeded, now);
        add(metrics, "jobs_failed", jobsFailed, now);
        add(metrics, "stages_succeeded", stagesSucceeded, now);
        add(metrics, "stages_failed", stagesFailed, now);
        add(metrics, "tasks_succeeded", tasksSucceeded, now);
        add(metrics, "tasks_failed", tasksFailed, now);
        add(metrics, "executor_run_time_seconds", executorRunMillis / 1e3, now);
        add(metrics, "executor_cpu_time_seconds", executorCpuNanos / 1e9, now);
        add(metrics, "jvm_gc_time_seconds", gcMillis / 1e3, now);
        add(metrics, "input_bytes", inputBytes, now);
        add(metrics, "input_records", inputRecords, now);
        add(metrics, "output_bytes", outputBytes, now);
        add(metrics, "output_records", outputRecords, now);
        add(metrics, "shuffle_read_bytes", shuffleReadBytes, now);
        add(metrics, "shuffle_write_bytes", shuffleWriteBytes, now);
        add(metrics, "memory_spilled_bytes", memorySpilledBytes, now);
        add(metrics, "disk_spilled_bytes", diskSpilledBytes, now);
        add(metrics, "peak_execution_memory_bytes", peakExecutionMemory, now);
        return metrics;
    }

    private static void add(List<Metric> metrics, String name, double value, long now) {
        metrics.add(new Metric("spark/" + name, value, now, 0));
    }
}
