package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.it.Tracked.TrackedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A tracking server that goes away in the middle of an application and comes back, and is away when it ends. */
class DeliveryIT {
    private static final Distribution SPARK = Distribution.inVenv();
    private static final int PHASES = 4;
    private static final Duration OUTAGE = Duration.ofSeconds(60);

    @Test
    void anOutageLosesNothingAndDoublesNothing() throws Exception {
        Path directory = Checkout.newWorkFolder("delivery");
        Path spool = directory.resolve("spool");
        String backend = PythonMlflow.defaultStore(directory);
        Path jar = Programs.jar(
                SPARK, directory, Checkout.root().resolve("integration-tests/src/test/apps/FitInPhases.java"));
        CompletableFuture<Outcome> program;
        MlflowServer server = MlflowServer.start(directory, backend);
        int port = server.port();
        try {
            SparkCommand command = SparkCommand.submit(
                            SPARK, "FitInPhases", jar, Checkout.trainingTable(), directory, PHASES)
                    .tracked()
                    .forTinyData()
                    .conf("spark.mlflow.flushTimeoutSeconds", "20")
                    .conf("spark.mlflow.spool", spool.toString())
                    .conf("spark.mlflow.trackingUri", server.uri());
            program = CompletableFuture.supplyAsync(() -> command.run(directory));
            fit(directory, program, 1);
            server.close();
            fit(directory, program, 2);
            // No shorter: what is tried ever more rarely has waited long by then.
            Thread.sleep(OUTAGE.toMillis());
            server = MlflowServer.start(directory, backend, port);
            fit(directory, program, 3);
            awaitModels(server, 3);
        } finally {
            server.close();
        }
        fit(directory, program, PHASES);
        Outcome outcome = program.get(3, TimeUnit.MINUTES).assertSucceeded();
        assertThat(outcome.results()).containsExactly("stopped");
        assertThat(outcome.ourWarnings()).hasSize(1);
        assertThat(outcome.ourWarnings().get(0))
                .contains("io.sparkmlflow.Replay")
                .contains(spool.toString());
        assertOwnersAlone(spool);

        Outcome nobody = replay(directory, spool);
        assertThat(nobody.exitCode()).as("%s", nobody).isEqualTo(2);
        MlflowServer back = MlflowServer.start(directory, backend, port);
        Tracked tracked;
        try {
            replay(directory, spool).assertSucceeded();
            assertThat(replay(directory, spool).assertSucceeded().stdout()).contains("Nothing to send");
            tracked = PythonMlflow.describe(directory, back.uri());
            assertThat(back.getJson("/api/2.0/mlflow/metrics/get-history?metric_key=spark/wall_time_seconds&run_id="
                                    + tracked.application().id())
                            .get("metrics"))
                    .hasSize(1);
        } finally {
            back.close();
        }

        TrackedRun application = tracked.application();
        assertThat(application.status()).isEqualTo("FINISHED");
        assertThat(application.metrics()).containsKey("spark/jobs_succeeded");
        assertThat(tracked.runs()).hasSize(1 + PHASES);
        Map<String, TrackedRun> fits = new TreeMap<>();
        for (TrackedRun fit : tracked.childrenOf(application)) {
            fits.put(fit.params().get("StringIndexer.outputCol"), fit);
        }
        assertThat(fits).containsOnlyKeys("phase_1", "phase_2", "phase_3", "phase_4");
        assertThat(fits.values()).allSatisfy(fit -> {
            assertThat(fit.status()).isEqualTo("FINISHED");
            assertThat(fit.datasets()).hasSize(1);
            assertThat(fit.artifacts()).contains("model/MLmodel", "estimator_info.json");
            assertThat(fit.tags().get("mlflow.log-model.history").split("\"model_uuid\""))
                    .hasSize(2);
        });
    }

    private static void fit(Path directory, CompletableFuture<Outcome> program, int phase)
            throws IOException, InterruptedException {
        Files.createFile(directory.resolve("go-" + phase));
        while (!Files.exists(directory.resolve("done-" + phase))) {
            assertThat(program).isNotCompletedExceptionally().isNotDone();
            Thread.sleep(100);
        }
    }

    /** Returns when as many runs have a model, which is the last that a fit gets. */
    private static void awaitModels(MlflowServer server, int count) throws InterruptedException {
        for (int attempts = 0; ; attempts++) {
            long models = Stream.of(
                            server.postJson("/api/2.0/mlflow/runs/search", Map.of("experiment_ids", List.of("0"))))
                    .flatMap(answer -> answer.findValuesAsText("key").stream())
                    .filter("mlflow.log-model.history"::equals)
                    .count();
            if (models == count) {
                return;
            }
            assertThat(attempts).as("attempts to find %d models", count).isLessThan(600);
            Thread.sleep(200);
        }
    }

    private static void assertOwnersAlone(Path spool) throws IOException {
        try (Stream<Path> files = Files.walk(spool)) {
            assertThat(files.filter(file -> file.endsWith("records")))
                    .hasSize(1)
                    .allSatisfy(file -> {
                        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                                .isEqualTo("rw-------");
                        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                                .isEqualTo("rwx------");
                    });
        }
    }

    private static Outcome replay(Path directory, Path spool) {
        return Processes.run(
                List.of(
                        Programs.tool("java"),
                        "-cp",
                        SPARK.bundle() + ":" + SPARK.jars(),
                        "io.sparkmlflow.Replay",
                        spool.toString()),
                directory,
                Map.of("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"),
                Duration.ofMinutes(10));
    }
}
