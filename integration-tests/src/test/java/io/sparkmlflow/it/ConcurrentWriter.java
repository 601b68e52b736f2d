package io.sparkmlflow.it;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A process of {@link ConcurrencyIT}: eight threads that write to one run and create versions of one model.
 *
 * <p>Arguments: URI, run, logged model, number of this process, rounds. Prints the versions that it was given.
 */
final class ConcurrentWriter {
    static final int THREADS = 8;

    private final TrackingStore tracking;
    private final ModelRegistry registry;
    private final String runId;
    private final String modelId;
    private final int rounds;

    private ConcurrentWriter(TrackingStore tracking, ModelRegistry registry, String runId, String modelId, int rounds) {
        this.tracking = tracking;
        this.registry = registry;
        this.runId = runId;
        this.modelId = modelId;
        this.rounds = rounds;
    }

    public static void main(String[] args) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (TrackingStore tracking = SqlStores.openTracking(args[0]);
                ModelRegistry registry = SqlStores.openRegistry(args[0])) {
            ConcurrentWriter writer =
                    new ConcurrentWriter(tracking, registry, args[1], args[2], Integer.parseInt(args[4]));
            List<Future<List<Integer>>> writers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int number = Integer.parseInt(args[3]) * THREADS + i;
                writers.add(threads.submit(() -> writer.write(number)));
            }
            for (Future<List<Integer>> versions : writers) {
                versions.get().forEach(System.out::println);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private List<Integer> write(int number) {
        List<Integer> versions = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            versions.add(registry.createModelVersion(
                            new CreateModelVersion("model", "file:///files", runId, modelId, null, null, Map.of()))
                    .version());
            // Steps rise in every thread, and all threads write them, so the latest one is contended for.
            long step = (long) round * 1000 + number;
            tracking.logBatch(
                    runId,
                    List.of(new Metric("loss", step / 2.0, 1, step), new Metric("accuracy", 1 - step, 1, step)),
                    List.of(new Param("p" + number + "." + round, "x")),
                    List.of(new Tag("shared", Long.toString(step)), new Tag("t" + number, Long.toString(step))));
        }
        return versions;
    }
}
