package io.sparkmlflow.listener;

import io.sparkmlflow.entities.Metric;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.sql.streaming.SourceProgress;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.StreamingQueryProgress;

/**
 * Tells what streaming queries do, from the events that Spark posts for them on the listener bus: nobody has to register
 * anything. Keeps a few numbers for each query that runs. Used by the bus thread alone.
 */
final class StreamingQueries {
    /** If ever so many ends are lost: the ones that were not heard of for longest are forgotten. */
    private static final int MAX_QUERIES = 5000;

    private final FactQueue queue;
    private final boolean isMeasured;
    private final long interval;
    private final Redaction redaction;
    private final Map<String, Running> running = new Recent<>(MAX_QUERIES);

    /** Queries whose start is not told: a query's first job tells which run the user sends it to. */
    private final Map<String, Fact.StreamStarted> untold = new Recent<>(MAX_QUERIES);

    /** A query that was started and has not ended. */
    private static final class Running {
        private final StreamMetrics metrics;
        private boolean described;

        Running(StreamMetrics metrics) {
            this.metrics = metrics;
        }
    }

    /** @param interval the time between the first samples of a query, in milliseconds */
    StreamingQueries(FactQueue queue, MetricsMode mode, long interval, Redaction redaction) {
        this.queue = queue;
        this.isMeasured = mode != MetricsMode.OFF;
        this.interval = interval;
        this.redaction = redaction;
    }

    /** Returns how many queries are kept track of. */
    int size() {
        return Math.max(running.size(), untold.size());
    }

    void on(StreamingQueryListener.Event event) {
        if (event instanceof StreamingQueryListener.QueryProgressEvent progressed) {
            progressed(progressed.progress());
        } else if (event instanceof StreamingQueryListener.QueryIdleEvent idle) {
            idle(idle);
        } else if (event instanceof StreamingQueryListener.QueryStartedEvent started) {
            started(started);
        } else if (event instanceof StreamingQueryListener.QueryTerminatedEvent terminated) {
            terminated(terminated);
        }
    }

    /** @param properties those of a Spark job, or {@code null} */
    void jobStarted(Properties properties) {
        if (untold.isEmpty() || properties == null) {
            return;
        }
        MicroBatch batch = MicroBatch.of(properties::getProperty);
        if (batch != null && batch.queryRunId() != null) {
            String targetRun = properties.getProperty(FitHooks.TARGET_RUN);
            tellStart(batch.queryRunId(), targetRun == null ? ConnectSessions.targetRun(properties) : targetRun);
        }
    }

    /**
     * Tells what is left to tell of the queries that still run.
     *
     * @param time milliseconds since the epoch
     */
    void applicationEnded(long time) {
        List.copyOf(untold.keySet()).forEach(runId -> tellStart(runId, null));
        running.forEach((runId, query) -> tellPoints(runId, query.metrics.last(time)));
        running.clear();
    }

    private void started(StreamingQueryListener.QueryStartedEvent event) {
        String runId = event.runId().toString();
        long time = StreamMetrics.millis(event.timestamp(), System.currentTimeMillis());
        StreamDescription description = StreamDescription.of(event.id());
        running.put(runId, new Running(new StreamMetrics(time, interval)));
        untold.put(
                runId,
                new Fact.StreamStarted(
                        event.id().toString(),
                        runId,
                        event.name(),
                        time,
                        null,
                        redacted(description.params()),
                        description.uses()));
    }

    private void progressed(StreamingQueryProgress progress) {
        String runId = progress.runId().toString();
        Running query = running.get(runId);
        if (query == null) {
            // The bus has dropped its start.
            long time = StreamMetrics.millis(progress.timestamp(), System.currentTimeMillis());
            query = new Running(new StreamMetrics(time, interval));
            running.put(runId, query);
            queue.add(new Fact.StreamStarted(
                    progress.id().toString(), runId, progress.name(), time, null, Map.of(), List.of()));
        }
        tellStart(runId, null);
        if (!query.described) {
            query.described = true;
            queue.add(new Fact.StreamDescribed(runId, redacted(places(progress))));
        }
        tellPoints(runId, query.metrics.add(progress));
    }

    private void idle(StreamingQueryListener.QueryIdleEvent event) {
        String runId = event.runId().toString();
        tellStart(runId, null);
        Running query = running.get(runId);
        if (query != null) {
            tellPoints(runId, query.metrics.idle(event.timestamp()));
        }
    }

    private void terminated(StreamingQueryListener.QueryTerminatedEvent event) {
        String runId = event.runId().toString();
        tellStart(runId, null);
        long time = System.currentTimeMillis();
        Running query = running.remove(runId);
        String error = Members.of(String.class, event, "exception");
        queue.add(new Fact.StreamEnded(
                event.id().toString(),
                runId,
                time,
                error == null ? null : redaction.ofMessage(firstLine(error)),
                Members.of(String.class, event, "errorClassOnException"),
                query == null || !isMeasured ? List.of() : query.metrics.last(time)));
    }

    /** @param targetRun the id of the run that the user sends the query to, or {@code null} */
    private void tellStart(String runId, String targetRun) {
        Fact.StreamStarted start = untold.remove(runId);
        if (start != null) {
            queue.add(start.sentTo(targetRun));
        }
    }

    private void tellPoints(String runId, List<Metric> points) {
        if (isMeasured && !points.isEmpty()) {
            queue.add(new Fact.StreamProgressed(runId, points));
        }
    }

    /** Returns sources and sink in Spark's own words, which only a progress has. */
    private static Map<String, String> places(StreamingQueryProgress progress) {
        Map<String, String> params = new LinkedHashMap<>();
        List<String> sources = new ArrayList<>();
        for (SourceProgress source : progress.sources()) {
            sources.add(source.description());
        }
        for (int i = 0; i < sources.size(); i++) {
            params.put(i == 0 ? "source" : "source_" + (i + 1), sources.get(i));
        }
        if (progress.sink() != null) {
            params.put("sink", progress.sink().description());
        }
        return params;
    }

    private Map<String, String> redacted(Map<String, String> params) {
        Map<String, String> safe = new LinkedHashMap<>();
        params.forEach((key, value) -> {
            if (value != null) {
                safe.put(key, redaction.apply(key, value));
            }
        });
        return safe;
    }

    private static String firstLine(String text) {
        return text.lines().filter(line -> !line.isBlank()).findFirst().orElse("");
    }
}
