package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.it.Tracked.TrackedRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Streaming queries of programs that know nothing of MLflow, each with a run of its own. */
class StreamingIT {
    @Test
    void eachQueryIsARunBelowTheApplications() throws Exception {
        Distribution oldest = Distribution.oldest();
        Path java = Checkout.newWorkFolder("streaming-java");
        Path jar = Programs.jar(oldest, java, app("Streaming.java"));
        Path python = Checkout.newWorkFolder("streaming-python");

        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            Future<Outcome> fromJava =
                    two.submit(() -> run(SparkCommand.submit(oldest, "Streaming", jar, data(java)), java));
            Future<Outcome> fromPython = two.submit(() ->
                    run(SparkCommand.submitPython(Distribution.inVenv(), app("streaming.py"), data(python)), python));
            assertTracked(fromJava.get(), java);
            assertTracked(fromPython.get(), python);
        } finally {
            two.shutdownNow();
        }
    }

    private static Outcome run(SparkCommand command, Path directory) {
        return command.tracked().forTinyData().run(directory);
    }

    private static void assertTracked(Outcome outcome, Path directory) {
        outcome.assertSucceeded();
        assertThat(outcome.ourWarnings()).isEmpty();
        assertThat(outcome.stdout()).contains("counted 1", "counted 2", "failed");

        Tracked tracked = PythonMlflow.describe(directory, PythonMlflow.defaultStore(directory));
        TrackedRun application = tracked.application();
        assertThat(application.status()).isEqualTo("FINISHED");
        assertThat(tracked.childrenOf(application))
                .extracting(TrackedRun::name)
                .containsExactlyInAnyOrder("counts", "counts", "learning", "failing", "endless");
        assertCounts(tracked, directory);
        assertLearning(tracked);

        TrackedRun failing = tracked.only(run -> run.name().equals("failing"));
        assertThat(failing.status()).isEqualTo("FAILED");
        assertThat(failing.tags().get("spark.streaming.exception")).contains("meant to fail");

        TrackedRun endless = tracked.only(run -> run.name().equals("endless"));
        assertThat(endless.status()).isEqualTo("FINISHED");
        assertThat(endless.metrics()).containsKeys("spark/streaming/batches", "spark/streaming/wall_time_seconds");
        assertThat(endless.datasets()).isEmpty();
    }

    /** Two runs of one query: the second goes on where the first was stopped. */
    private static void assertCounts(Tracked tracked, Path directory) {
        List<TrackedRun> counts = tracked.runs().stream()
                .filter(run -> run.name().equals("counts"))
                .toList();
        assertThat(counts)
                .extracting(run -> run.tags().get("spark.streaming.queryId"))
                .containsOnly(counts.get(0).params().get("queryId"));
        assertThat(counts)
                .extracting(run -> run.metrics().get("spark/streaming/input_rows"))
                .containsExactlyInAnyOrder(1.0, 2.0);
        assertThat(counts).allSatisfy(run -> {
            assertThat(run.status()).isEqualTo("FINISHED");
            assertThat(run.params())
                    .containsEntry("trigger", "AvailableNowTrigger")
                    .containsEntry("outputMode", "Append")
                    .hasEntrySatisfying("source", source -> assertThat(source).startsWith("FileStreamSource["))
                    .hasEntrySatisfying("sink", sink -> assertThat(sink).startsWith("FileSink["));
            assertThat(run.metrics())
                    .containsKeys("spark/streaming/watermark_epoch_millis", "spark/streaming/state_memory_bytes")
                    .hasEntrySatisfying("spark/streaming/state_rows", rows -> assertThat(rows)
                            .isPositive());
            assertThat(used(run)).containsExactlyInAnyOrder("read events", "write counts");
        });
        JsonNode events = counts.get(0).datasets().get(0);
        assertThat(events.get("source").asText()).contains("file:" + data(directory));
    }

    private static void assertLearning(Tracked tracked) {
        TrackedRun learning = tracked.only(run -> run.name().equals("learning"));
        assertThat(learning.status()).isEqualTo("FINISHED");
        assertThat(learning.metrics()).containsKey("rmse_batch");
        assertThat(used(learning)).containsExactlyInAnyOrder("read numbers", "write learned");
        List<TrackedRun> fits = tracked.childrenOf(learning);
        assertThat(fits)
                .extracting(fit -> fit.tags().get("spark.streaming.batchId"))
                .containsExactlyInAnyOrder("0", "1");
        assertThat(fits).allSatisfy(fit -> {
            assertThat(fit.status()).isEqualTo("FINISHED");
            assertThat(fit.tags()).containsEntry("estimator_name", "LinearRegression");
            assertThat(fit.artifacts()).contains("model/MLmodel");
        });
    }

    private static List<String> used(TrackedRun run) {
        List<String> used = new ArrayList<>();
        for (JsonNode dataset : run.datasets()) {
            used.add(dataset.at("/tags/mlflow.data.context").asText() + " "
                    + dataset.get("name").asText());
        }
        return used;
    }

    private static Path app(String name) {
        return Checkout.root().resolve("integration-tests/src/test/apps").resolve(name);
    }

    /** Returns the folder that a program has for its data. */
    private static Path data(Path directory) {
        try {
            return Files.createDirectories(directory.resolve("data"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
