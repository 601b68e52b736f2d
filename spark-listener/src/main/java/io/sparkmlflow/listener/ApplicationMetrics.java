package io.sparkmlflow.listener;

import io.sparkmlflow.entities.Metric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;

/**
 * The metrics of the application's run: the bus thread adds up, a thread of ours takes samples while the application runs, by
 * time and never by event. A point's step is the number of whole seconds since the application started.
 *
 * <p>A sample holds what has changed since the one before, and samples become rarer the longer the application runs.
 */
final class ApplicationMetrics {
    private static final int SAMPLES_AT_ONE_DISTANCE = 60;

    private final Guard guard = new Guard();
    private final FactQueue queue;
    private final Duration interval;
    private final ApplicationTotals totals;
    private final StageMetrics stages;
    private final Thinning thinning = new Thinning(SAMPLES_AT_ONE_DISTANCE);
    private final Map<String, Double> sampled = new HashMap<>();
    private ScheduledExecutorService timer;
    private long startTime = System.currentTimeMillis();

    /** @param interval the time between the first samples */
    ApplicationMetrics(FactQueue queue, MetricsMode mode, Duration interval) {
        this.queue = queue;
        this.interval = interval;
        this.totals = mode == MetricsMode.OFF ? null : new ApplicationTotals();
        this.stages = mode == MetricsMode.STAGES ? new StageMetrics() : null;
    }

    /** @param time milliseconds since the epoch */
    void started(long time) {
        startTime = time;
        if (totals == null || timer != null) {
            return;
        }
        timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "mlflow-metrics");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleWithFixedDelay(
                () -> guard.run(this::sample), interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    void add(SparkListenerJobEnd event) {
        if (totals != null) {
            totals.add(event);
        }
    }

    void add(StageInfo stage) {
        if (totals != null) {
            totals.add(stage);
        }
        if (stages != null) {
            stages.add(stage, System.currentTimeMillis());
        }
    }

    void add(SparkListenerTaskEnd event) {
        if (totals != null) {
            totals.add(event);
        }
    }

    /**
     * Stops sampling and returns the last point of every metric.
     *
     * @param time milliseconds since the epoch
     */
    List<Metric> ended(long time) {
        if (totals == null) {
            return List.of();
        }
        if (timer != null) {
            timer.shutdownNow();
        }
        List<Metric> last = new ArrayList<>();
        totals.forEach((name, value) -> last.add(point(name, value, time)));
        last.add(point("spark/wall_time_seconds", (time - startTime) / 1e3, time));
        last.addAll(takeStages());
        return last;
    }

    private void sample() {
        List<Metric> points = new ArrayList<>(takeStages());
        if (thinning.keepsNext()) {
            long now = System.currentTimeMillis();
            totals.forEach((name, value) -> {
                Double before = sampled.put(name, value);
                if (value != (before == null ? 0 : before)) {
                    points.add(point(name, value, now));
                }
            });
        }
        if (!points.isEmpty()) {
            queue.add(new Fact.MetricsSampled(points));
        }
    }

    private Metric point(String name, double value, long time) {
        return new Metric(name, value, time, Math.max(0, (time - startTime) / 1000));
    }

    private List<Metric> takeStages() {
        return stages == null ? List.of() : stages.take();
    }
}
