package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.it.Tracked.TrackedRun;
import io.sparkmlflow.store.CreateRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The status of the application's run, by the ways in which a program ends; its exit code is its own in all of them. */
class EndingIT {
    /** A way to end: the code that the process exits with, and the status of the run. */
    private record Way(Distribution spark, String mode, int exitCode, String status) {
        String name() {
            return mode + " " + spark.version();
        }
    }

    @Test
    void theStatusTellsHowTheProgramEnded() throws Exception {
        Path directory = Checkout.newWorkFolder("ending");
        String store = PythonMlflow.defaultStore(directory);
        String owners = ownersRun(store);
        Map<Distribution, Path> jars = new HashMap<>();
        List<Way> ways = new ArrayList<>();
        for (Distribution spark : Distribution.all().toList()) {
            Path folder = Files.createDirectories(directory.resolve(spark.version()));
            jars.put(
                    spark,
                    Programs.jar(
                            spark, folder, Checkout.root().resolve("integration-tests/src/test/apps/Ending.java")));
            ways.add(new Way(spark, "throw", 1, "FAILED"));
            ways.add(new Way(spark, "exit", 3, "FINISHED"));
            ways.add(new Way(spark, "term", 143, "KILLED"));
            ways.add(new Way(spark, "python raise", 1, "FAILED"));
            ways.add(new Way(spark, "python exit", 3, "FAILED"));
            ways.add(new Way(spark, "python term", 143, "KILLED"));
        }
        ways.add(new Way(Distribution.oldest(), "throw-after-stop", 1, "FAILED"));
        ways.add(new Way(Distribution.inVenv(), "throw-after-stop", 1, "FAILED"));
        ways.add(new Way(Distribution.oldest(), "stop-after-failed-job", 0, "FINISHED"));
        ways.add(new Way(Distribution.inVenv(), "exit-after-failed-job", 3, "FAILED"));
        ways.add(new Way(Distribution.inVenv(), "python raise-after-stop", 1, "FAILED"));
        Way joining = new Way(Distribution.inVenv(), "stop", 0, "RUNNING");
        ways.add(joining);

        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            List<Future<Outcome>> outcomes = new ArrayList<>();
            for (Way way : ways) {
                SparkCommand command =
                        command(way, jars.get(way.spark())).tracked().environment("MLFLOW_TRACKING_URI", store);
                if (way == joining) {
                    command.environment("MLFLOW_RUN_ID", owners);
                }
                outcomes.add(two.submit(() -> command.run(directory)));
            }
            for (int i = 0; i < ways.size(); i++) {
                Outcome outcome = outcomes.get(i).get();
                assertThat(outcome.exitCode())
                        .as("%s: %s", ways.get(i), outcome)
                        .isEqualTo(ways.get(i).exitCode());
                assertThat(outcome.ourWarnings()).as(ways.get(i).name()).isEmpty();
            }
        } finally {
            two.shutdownNow();
        }
        Tracked tracked = PythonMlflow.describe(directory, store);
        Map<String, String> expected = new TreeMap<>();
        Map<String, String> actual = new TreeMap<>();
        for (Way way : ways) {
            expected.put(way == joining ? "owner's" : way.name(), way.status());
        }
        for (TrackedRun run : tracked.runs()) {
            actual.put(run.name(), run.status());
        }
        assertThat(actual).isEqualTo(expected);
        assertThat(tracked.runs()).hasSize(ways.size());
        TrackedRun joined = tracked.only(run -> run.id().equals(owners));
        assertThat(joined.params()).containsKey("spark.version");
        assertThat(joined.tags()).containsEntry("mlflow.user", "owner").containsKey("spark.app.id");
    }

    private static SparkCommand command(Way way, Path jar) {
        if (way.mode().startsWith("python ")) {
            Path program = Checkout.root().resolve("integration-tests/src/test/apps/ending.py");
            return SparkCommand.submitPython(way.spark(), program, way.mode().substring(7), way.name());
        }
        return SparkCommand.submit(way.spark(), "Ending", jar, way.mode(), way.name());
    }

    private static String ownersRun(String store) {
        try (MlflowClient client = new MlflowClient(store)) {
            return client.tracking()
                    .createRun(new CreateRun("0", "owner's", "owner", 1, Map.of("mlflow.user", "owner")))
                    .info()
                    .runId();
        }
    }
}
