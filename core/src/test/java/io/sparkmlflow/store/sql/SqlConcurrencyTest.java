package io.sparkmlflow.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.TrackingStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two databases with pools of their own on one file stand for two processes. */
class SqlConcurrencyTest {
    private static final int THREADS_EACH = 8;
    private static final int ROUNDS = 5;

    @TempDir
    Path folder;

    @Test
    void writersOfTwoProcessesNeitherFailNorLoseAnything() throws Exception {
        String uri = "sqlite:///" + folder.resolve("mlflow.db");
        ExecutorService threads = Executors.newFixedThreadPool(2 * THREADS_EACH);
        try (SqlDatabase one = SqlDatabase.open(uri, "/root");
                SqlDatabase other = SqlDatabase.open(uri, "/root")) {
            TrackingStore tracking = new SqlTrackingStore(one, "/root");
            String runId = tracking.createRun(new CreateRun("0", "shared", null, 1, Map.of()))
                    .info()
                    .runId();
            new SqlModelRegistry(one).createRegisteredModel("model", null, Map.of());

            List<Future<List<Integer>>> writers = new ArrayList<>();
            for (SqlDatabase database : List.of(one, other)) {
                for (int i = 0; i < THREADS_EACH; i++) {
                    String writer = database.hashCode() + "-" + i;
                    writers.add(threads.submit(() -> write(database, runId, writer)));
                }
            }
            List<Integer> versions = new ArrayList<>();
            for (Future<List<Integer>> writer : writers) {
                versions.addAll(writer.get());
            }

            int writes = 2 * THREADS_EACH * ROUNDS;
            assertThat(versions)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.rangeClosed(1, writes).boxed().toList());
            assertThat(tracking.getMetricHistory(runId, "loss", 1000, null).items())
                    .hasSize(writes);
            assertThat(tracking.getRun(runId).data().tags()).hasSize(2 * THREADS_EACH + 1);
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<Integer> write(SqlDatabase database, String runId, String writer) {
        // The stores are not closed: the database outlives them.
        TrackingStore tracking = new SqlTrackingStore(database, "/root");
        ModelRegistry registry = new SqlModelRegistry(database);
        List<Integer> versions = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            versions.add(registry.createModelVersion(
                            new CreateModelVersion("model", "/root/files", runId, null, null, null, Map.of()))
                    .version());
            tracking.logBatch(
                    runId,
                    List.of(new Metric("loss", writer.hashCode() + round, 1, round)),
                    List.of(),
                    List.of(new Tag(writer, Integer.toString(round))));
            assertThat(tracking.getRun(runId).data().tags()).containsEntry(writer, Integer.toString(round));
        }
        return versions;
    }
}
