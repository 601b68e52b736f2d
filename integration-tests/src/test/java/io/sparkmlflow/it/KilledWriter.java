package io.sparkmlflow.it;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.util.List;
import java.util.Map;

/**
 * A process of {@link KillIT}: writes to the store of its one argument until it is killed, and prints what was written as
 * soon as the store's call has returned.
 */
final class KilledWriter {
    static final int STEPS_OF_A_RUN = 20;

    private KilledWriter() {}

    public static void main(String[] args) {
        say("started");
        try (TrackingStore tracking = SqlStores.openTracking(args[0], "/artifacts");
                ModelRegistry registry = SqlStores.openRegistry(args[0])) {
            registry.createRegisteredModel("model", null, Map.of());
            say("model");
            for (int run = 0; ; run++) {
                writeRun(tracking, registry, run);
            }
        }
    }

    /** Ends with the one that reads, should that be gone without a kill. */
    private static void say(String line) {
        System.out.println(line);
        if (System.out.checkError()) {
            throw new IllegalStateException("Nobody reads any more");
        }
    }

    private static void writeRun(TrackingStore tracking, ModelRegistry registry, int number) {
        String runId = tracking.createRun(new CreateRun("0", "run " + number, "alice", 1, Map.of()))
                .info()
                .runId();
        say("run " + runId);
        for (int step = 0; step < STEPS_OF_A_RUN; step++) {
            tracking.logBatch(
                    runId,
                    List.of(new Metric("a", step * 1.5, 1, step), new Metric("b", -step, 1, step)),
                    List.of(new Param("p" + step, "value " + step)),
                    List.of(new Tag("step", Integer.toString(step))));
            say("step " + runId + " " + step);
        }
        int version = registry.createModelVersion(
                        new CreateModelVersion("model", "/files", runId, null, null, null, Map.of()))
                .version();
        say("version " + runId + " " + version);
        tracking.updateRun(runId, RunStatus.FINISHED, 2L, null);
        say("finished " + runId);
    }
}
