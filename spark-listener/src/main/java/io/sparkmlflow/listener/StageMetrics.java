package io.sparkmlflow.listener;

import io.sparkmlflow.entities.Metric;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.scheduler.StageInfo;

/**
 * What each stage took, as the series {@code spark/stage/…} whose step is the stage's id. Filled by the bus thread, emptied by
 * the thread that samples.
 */
final class StageMetrics {
    private static final int STAGES_AT_ONE_DISTANCE = 500;

    private final Thinning thinning = new Thinning(STAGES_AT_ONE_DISTANCE);
    private List<Metric> waiting = new ArrayList<>();

    /**
     * Adds a stage that has ended.
     *
     * @param now milliseconds since the epoch, for a stage that does not say when it ended
     */
    synchronized void add(StageInfo stage, long now) {
        TaskMetrics sums = stage.taskMetrics();
        if (sums == null || !thinning.keepsNext()) {
            return;
        }
        long end = stage.completionTime().isDefined()
                ? (Long) stage.completionTime().get()
                : now;
        long start = stage.submissionTime().isDefined()
                ? (Long) stage.submissionTime().get()
                : end;
        add("wall_time_seconds", (end - start) / 1e3, end, stage);
        add("tasks", stage.numTasks(), end, stage);
        add("executor_run_time_seconds", sums.executorRunTime() / 1e3, end, stage);
        add("executor_cpu_time_seconds", sums.executorCpuTime() / 1e9, end, stage);
        add("jvm_gc_time_seconds", sums.jvmGCTime() / 1e3, end, stage);
        add("input_bytes", sums.inputMetrics().bytesRead(), end, stage);
        add("output_bytes", sums.outputMetrics().bytesWritten(), end, stage);
        add("shuffle_read_bytes", sums.shuffleReadMetrics().totalBytesRead(), end, stage);
        add("shuffle_write_bytes", sums.shuffleWriteMetrics().bytesWritten(), end, stage);
        add("disk_spilled_bytes", sums.diskBytesSpilled(), end, stage);
    }

    private void add(String name, double value, long time, StageInfo stage) {
        waiting.add(new Metric("spark/stage/" + name, value, time, stage.stageId()));
    }

    /** Returns the points that were not taken before. */
    synchronized List<Metric> take() {
        List<Metric> taken = waiting;
        waiting = new ArrayList<>();
        return taken;
    }
}
