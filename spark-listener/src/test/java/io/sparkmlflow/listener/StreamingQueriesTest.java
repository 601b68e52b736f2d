package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.sparkmlflow.entities.Metric;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.streaming.SinkProgress;
import org.apache.spark.sql.streaming.SourceProgress;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.junit.jupiter.api.Test;

/** The events of queries that run for long, and of many queries, as Spark posts them. */
class StreamingQueriesTest {
    private static final long START = Instant.parse("2026-01-02T03:04:05Z").toEpochMilli();
    private static final long SAMPLING_INTERVAL = 5000;
    private static final int HOUR = 3600;

    private final FactQueue queue = new FactQueue(100_000);
    private final StreamingQueries streams = streams(MetricsMode.SUMMARY);
    private final UUID id = UUID.randomUUID();

    @Test
    void anHourOfTriggersEachSecondIsAFewHundredPoints() throws InterruptedException {
        UUID run = start(streams);
        for (int batch = 0; batch < HOUR; batch++) {
            streams.on(progress(run, batch));
            assertThat(streams.size()).isEqualTo(1);
        }
        terminate(run, null);

        List<Fact> facts = drained();
        // 60 five seconds apart, 60 ten, 60 twenty, and what is left of the hour forty seconds apart.
        assertThat(facts).filteredOn(Fact.StreamProgressed.class::isInstance).hasSize(60 + 60 + 60 + 37);
        List<Metric> points = points(facts, "spark/streaming/input_rows");
        assertThat(points.get(0)).isEqualTo(new Metric("spark/streaming/input_rows", 10, START + 700, 0));
        assertThat(points.get(1).step()).isEqualTo(5);
        assertThat(points.get(1).value()).isEqualTo(60);
        // What does not change has one point, and another at the end.
        assertThat(points(facts, "spark/streaming/batch_duration_seconds")).hasSize(2);
        Map<String, Double> totals = ended(facts).totals().stream()
                .collect(
                        Collectors.toMap(metric -> metric.key().substring("spark/streaming/".length()), Metric::value));
        assertThat(totals)
                .containsEntry("batches", (double) HOUR)
                .containsEntry("batch_id", HOUR - 1.0)
                .containsEntry("input_rows", 10.0 * HOUR)
                .containsEntry("output_rows", 3.0 * HOUR)
                .containsEntry("processed_rows_per_second", 14.0)
                .containsEntry("batch_duration_seconds", 0.7)
                .containsEntry("state_rows", 5.0)
                .containsEntry("state_memory_bytes", 1000.0)
                .containsEntry("state_rows_dropped_by_watermark", 2.0 * HOUR)
                .containsEntry("watermark_epoch_millis", START + (HOUR - 1) * 1000.0 - 60_000)
                .containsEntry("watermark_lag_seconds", 60.0)
                // Spark has no rate for the first micro-batch, and an endless one is none.
                .doesNotContainKey("input_rows_per_second")
                .containsKey("wall_time_seconds");
        assertThat(streams.size()).isZero();
    }

    @Test
    void theBusAllocatesLittleForAMicroBatch() {
        UUID run = start(streams);
        StreamingQueryListener.QueryProgressEvent[] events = new StreamingQueryListener.QueryProgressEvent[HOUR];
        for (int batch = 0; batch < HOUR; batch++) {
            events[batch] = progress(run, batch);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (StreamingQueryListener.QueryProgressEvent event : events) {
            streams.on(event);
        }
        assertThat((threads.getCurrentThreadAllocatedBytes() - before) / HOUR).isLessThan(8_000);
    }

    @Test
    void queriesThatHaveEndedAreForgotten() throws InterruptedException {
        for (int i = 0; i < 3000; i++) {
            UUID run = start(streams);
            streams.on(progress(run, 0));
            terminate(run, null);
            assertThat(streams.size()).isZero();
        }
        assertThat(drained()).hasSize(3000 * 4);
    }

    @Test
    void endsThatAreLostDoNotFillTheDriver() {
        for (int i = 0; i < 7000; i++) {
            start(streams);
        }
        assertThat(streams.size()).isEqualTo(5000);
    }

    @Test
    void aQueryWhoseStartWasDroppedIsToldAllTheSame() throws InterruptedException {
        UUID run = UUID.randomUUID();
        streams.on(progress(run, 17));
        streams.on(progress(run, 18));

        List<Fact> facts = drained();
        assertThat(facts.get(0)).isInstanceOfSatisfying(Fact.StreamStarted.class, started -> {
            assertThat(started.runId()).isEqualTo(run.toString());
            assertThat(started.queryId()).isEqualTo(id.toString());
            assertThat(started.name()).isEqualTo("words");
        });
        assertThat(facts).filteredOn(Fact.StreamStarted.class::isInstance).hasSize(1);
    }

    @Test
    void theFirstJobTellsWhichRunTheUserSendsAQueryTo() throws InterruptedException {
        UUID run = start(streams);
        Properties others = properties(UUID.randomUUID(), "elsewhere");
        streams.jobStarted(others);
        streams.jobStarted(null);
        streams.jobStarted(new Properties());
        assertThat(queue.size()).isZero();
        streams.jobStarted(properties(run, "theirs"));
        streams.jobStarted(properties(run, "late"));

        assertThat(drained()).singleElement().isInstanceOfSatisfying(Fact.StreamStarted.class, started -> assertThat(
                        started.targetRun())
                .isEqualTo("theirs"));
    }

    @Test
    void aQueryWithNothingToDoHasNoRate() throws InterruptedException {
        UUID run = start(streams);
        streams.on(progress(run, 0));
        streams.on(new StreamingQueryListener.QueryIdleEvent(id, run, timestamp(10)));
        streams.on(new StreamingQueryListener.QueryIdleEvent(id, run, timestamp(20)));

        List<Fact> facts = drained();
        assertThat(points(facts, "spark/streaming/processed_rows_per_second"))
                .extracting(Metric::value)
                .containsExactly(14.0, 0.0);
    }

    @Test
    void aFailureIsItsFirstLineWithoutSecrets() throws InterruptedException {
        UUID run = start(streams);
        terminate(
                run,
                "java.sql.SQLException: no login with password=geheim at https://me:geheim@db/x\n"
                        + "\tat some.Class(Class.java:1)\n");

        assertThat(ended(drained()).exception())
                .isEqualTo("java.sql.SQLException: no login with password=*********(redacted) at https://db/x");
    }

    @Test
    void withoutMetricsThereAreNoPoints() throws InterruptedException {
        StreamingQueries unmeasured = streams(MetricsMode.OFF);
        UUID run = start(unmeasured);
        unmeasured.on(progress(run, 0));
        unmeasured.on(new StreamingQueryListener.QueryTerminatedEvent(
                id, run, scala.Option.apply(null), scala.Option.apply(null)));

        List<Fact> facts = drained();
        assertThat(facts)
                .extracting(fact -> fact.getClass().getSimpleName())
                .containsExactly("StreamStarted", "StreamDescribed", "StreamEnded");
        assertThat(ended(facts).totals()).isEmpty();
    }

    @Test
    void theQueriesThatStillRunAreToldWhenTheApplicationEnds() throws InterruptedException {
        UUID measured = start(streams);
        streams.on(progress(measured, 0));
        UUID idle = start(streams);
        streams.applicationEnded(START + 60_000);

        List<Fact> facts = drained();
        assertThat(facts).filteredOn(Fact.StreamStarted.class::isInstance).hasSize(2);
        Map<String, Fact> last = new HashMap<>();
        for (Fact fact : facts) {
            if (fact instanceof Fact.StreamProgressed progressed) {
                last.put(progressed.runId(), fact);
            }
        }
        assertThat(last).containsOnlyKeys(measured.toString(), idle.toString());
        assertThat(streams.size()).isZero();
    }

    private StreamingQueries streams(MetricsMode mode) {
        return new StreamingQueries(queue, mode, SAMPLING_INTERVAL, Redaction.of(new SparkConf(false)));
    }

    private UUID start(StreamingQueries target) {
        UUID run = UUID.randomUUID();
        target.on(new StreamingQueryListener.QueryStartedEvent(id, run, "words", timestamp(0)));
        return run;
    }

    private void terminate(UUID run, String exception) {
        streams.on(new StreamingQueryListener.QueryTerminatedEvent(
                id, run, scala.Option.apply(exception), scala.Option.apply(null)));
    }

    private Properties properties(UUID run, String target) {
        Properties properties = new Properties();
        properties.setProperty("sql.streaming.queryId", id.toString());
        properties.setProperty("spark.jobGroup.id", run.toString());
        properties.setProperty("streaming.sql.batchId", "0");
        properties.setProperty("spark.mlflow.runId", target);
        return properties;
    }

    /** A micro-batch of 10 rows, triggered as many seconds after the start as there were others before. */
    private StreamingQueryListener.QueryProgressEvent progress(UUID run, int batch) {
        StateOperatorProgress state =
                new StateOperatorProgress("stateStoreSave", 5, 1, 1, 0, 1, 1, 1000, 2, 1, 1, Map.of());
        SourceProgress source = new SourceProgress(
                "Source[a]", "0", "1", "1", 10, batch == 0 ? Double.NaN : Double.POSITIVE_INFINITY, 14, Map.of());
        String watermark = Instant.ofEpochMilli(START + batch * 1000L - 60_000).toString();
        return new StreamingQueryListener.QueryProgressEvent(new StreamingQueryProgress(
                id,
                run,
                "words",
                timestamp(batch),
                batch,
                700,
                Map.of(),
                Map.of("watermark", watermark),
                new StateOperatorProgress[] {state},
                new SourceProgress[] {source},
                new SinkProgress("Sink[b]", 3, Map.of()),
                Map.of()));
    }

    private static String timestamp(long second) {
        return Instant.ofEpochMilli(START + second * 1000).toString();
    }

    private List<Fact> drained() throws InterruptedException {
        List<Fact> facts = new ArrayList<>();
        while (queue.size() > 0) {
            facts.add(queue.take());
        }
        assertThat(queue.dropped()).isZero();
        return facts;
    }

    private static Fact.StreamEnded ended(List<Fact> facts) {
        return (Fact.StreamEnded) facts.get(facts.size() - 1);
    }

    private static List<Metric> points(List<Fact> facts, String key) {
        List<Metric> points = new ArrayList<>();
        for (Fact fact : facts) {
            if (fact instanceof Fact.StreamProgressed progressed) {
                points.addAll(progressed.points());
            } else if (fact instanceof Fact.StreamEnded ended) {
                points.addAll(ended.totals());
            }
        }
        return points.stream().filter(point -> point.key().equals(key)).toList();
    }
}
