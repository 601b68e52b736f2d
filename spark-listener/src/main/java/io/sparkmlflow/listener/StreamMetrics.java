package io.sparkmlflow.listener;

import io.sparkmlflow.entities.Metric;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.streaming.SinkProgress;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryProgress;

/**
 * How far a streaming query has come: sums since it was started, and what its last micro-batch told. A sample is taken by time,
 * never for each micro-batch, and holds what has changed. Used by the bus thread alone.
 */
final class StreamMetrics {
    private static final String PREFIX = "spark/streaming/";
    private static final String INPUT_RATE = "input_rows_per_second";
    private static final String PROCESSED_RATE = "processed_rows_per_second";
    private static final int SAMPLES_AT_ONE_DISTANCE = 60;

    private final long startTime;
    private final SampleTimes sampleTimes;
    private final Map<String, Double> current = new LinkedHashMap<>();
    private final Map<String, Double> sampled = new HashMap<>();

    /**
     * @param startTime when the query was started, in milliseconds since the epoch
     * @param interval the time between the first samples, in milliseconds
     */
    StreamMetrics(long startTime, long interval) {
        this.startTime = startTime;
        this.sampleTimes = new SampleTimes(SAMPLES_AT_ONE_DISTANCE, interval);
    }

    /** Adds a micro-batch. Returns a sample if it is time for one, else nothing. */
    List<Metric> add(StreamingQueryProgress progress) {
        long triggered = millis(progress.timestamp(), System.currentTimeMillis());
        sum("batches", 1);
        set("batch_id", progress.batchId());
        set("batch_duration_seconds", progress.batchDuration() / 1e3);
        sum("input_rows", progress.numInputRows());
        set(INPUT_RATE, progress.inputRowsPerSecond());
        set(PROCESSED_RATE, progress.processedRowsPerSecond());
        SinkProgress sink = progress.sink();
        if (sink != null && sink.numOutputRows() >= 0) {
            sum("output_rows", sink.numOutputRows());
        }
        addState(progress.stateOperators());
        addWatermark(progress.eventTime().get("watermark"), triggered);
        return sampleAt(triggered + progress.batchDuration());
    }

    private void addState(StateOperatorProgress[] operators) {
        if (operators == null || operators.length == 0) {
            return;
        }
        long rows = 0;
        long bytes = 0;
        long dropped = 0;
        for (StateOperatorProgress operator : operators) {
            rows += operator.numRowsTotal();
            bytes += operator.memoryUsedBytes();
            dropped += operator.numRowsDroppedByWatermark();
        }
        set("state_rows", rows);
        set("state_memory_bytes", bytes);
        sum("state_rows_dropped_by_watermark", dropped);
    }

    private void addWatermark(String watermark, long triggered) {
        long millis = watermark == null ? 0 : millis(watermark, 0);
        // Until a query has seen an event, its watermark is the epoch.
        if (millis > 0) {
            set("watermark_epoch_millis", millis);
            set("watermark_lag_seconds", (triggered - millis) / 1e3);
        }
    }

    /**
     * Notes that a query had nothing to do. Returns a sample if it is time for one, else nothing.
     *
     * @param timestamp as Spark's events have it
     */
    List<Metric> idle(String timestamp) {
        if (!current.isEmpty()) {
            set(INPUT_RATE, 0);
            set(PROCESSED_RATE, 0);
        }
        return sampleAt(millis(timestamp, System.currentTimeMillis()));
    }

    /**
     * Returns the last point of every metric.
     *
     * @param time milliseconds since the epoch
     */
    List<Metric> last(long time) {
        List<Metric> points = new ArrayList<>();
        current.forEach((name, value) -> points.add(point(name, value, time)));
        points.add(point("wall_time_seconds", (time - startTime) / 1e3, time));
        return points;
    }

    private List<Metric> sampleAt(long time) {
        List<Metric> points = new ArrayList<>();
        if (!current.isEmpty() && sampleTimes.isTime(time)) {
            current.forEach((name, value) -> {
                if (!value.equals(sampled.put(name, value))) {
                    points.add(point(name, value, time));
                }
            });
        }
        return points;
    }

    private void set(String name, double value) {
        // A rate over no time is infinite or not a number.
        if (Double.isFinite(value)) {
            current.put(name, value);
        }
    }

    private void sum(String name, double value) {
        current.merge(name, value, Double::sum);
    }

    private Metric point(String name, double value, long time) {
        return new Metric(PREFIX + name, value, time, Math.max(0, (time - startTime) / 1000));
    }

    /** Reads a time as Spark's events have it. */
    static long millis(String timestamp, long otherwise) {
        try {
            return timestamp == null ? otherwise : Instant.parse(timestamp).toEpochMilli();
        } catch (DateTimeParseException e) {
            return otherwise;
        }
    }
}
