package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Eight threads in each of two processes write at once: version numbers are dense, nothing fails and nothing is lost. */
class ConcurrencyIT {
    private static final int PROCESSES = 2;
    private static final int ROUNDS = 5;
    private static final int WRITES = PROCESSES * ConcurrentWriter.THREADS * ROUNDS;

    @Test
    void onOneSqliteFile() throws Exception {
        Path directory = Checkout.newWorkFolder("concurrency-sqlite");
        assertNothingIsLost(directory, "sqlite:///" + directory.resolve("mlflow.db"));
    }

    @Test
    void onOnePostgresDatabase() throws Exception {
        Path directory = Checkout.newWorkFolder("concurrency-postgres");
        assertNothingIsLost(directory, PostgresServer.shared().newDatabase());
    }

    @Test
    void onOneMariaDbDatabase() throws Exception {
        Path directory = Checkout.newWorkFolder("concurrency-mariadb");
        assertNothingIsLost(directory, MariaDbServer.shared().newDatabase());
    }

    private static void assertNothingIsLost(Path directory, String uri) throws Exception {
        try (TrackingStore tracking = SqlStores.openTracking(uri, directory.toString());
                ModelRegistry registry = SqlStores.openRegistry(uri)) {
            String runId = tracking.createRun(new CreateRun("0", "shared", "alice", 1, Map.of()))
                    .info()
                    .runId();
            String modelId = tracking.createLoggedModel(
                            new CreateLoggedModel("0", "shared", runId, null, Map.of(), Map.of()))
                    .modelId();
            registry.createRegisteredModel("model", null, Map.of());

            List<CompletableFuture<Outcome>> processes = IntStream.range(0, PROCESSES)
                    .mapToObj(number -> CompletableFuture.supplyAsync(() -> Processes.run(
                            JavaProgram.command(ConcurrentWriter.class, uri, runId, modelId, number, ROUNDS),
                            directory,
                            Map.of(),
                            Duration.ofMinutes(5))))
                    .toList();
            Stream<String> versions =
                    processes.stream().flatMap(process -> process.join().assertSucceeded().stdoutLines().stream());

            assertThat(versions.map(Integer::valueOf))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.rangeClosed(1, WRITES).boxed().toList());
            assertThat(tracking.getMetricHistory(runId, "loss", 1000, null).items())
                    .hasSize(WRITES);
            Run run = tracking.getRun(runId);
            long last = (ROUNDS - 1) * 1000L + PROCESSES * ConcurrentWriter.THREADS - 1;
            assertThat(run.data().metrics())
                    .containsExactlyInAnyOrder(
                            new Metric("loss", last / 2.0, 1, last), new Metric("accuracy", 1 - last, 1, last));
            assertThat(run.data().params()).hasSize(WRITES);
            assertThat(run.data().tags())
                    .containsEntry("t0", Long.toString((ROUNDS - 1) * 1000L))
                    .hasSize(2 + PROCESSES * ConcurrentWriter.THREADS);
            // Each version was added to the JSON of one tag, which had to be read before.
            JsonNode linked = new ObjectMapper()
                    .readTree(tracking.getLoggedModel(modelId).tags().get("mlflow.modelVersions"));
            assertThat(linked.valueStream()
                            .map(version -> version.get("version").asInt()))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.rangeClosed(1, WRITES).boxed().toList());
        }
    }
}
