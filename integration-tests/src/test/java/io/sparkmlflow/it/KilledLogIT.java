package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchModelVersions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A process that ends while it logs a model leaves nothing that looks READY and is not whole. */
class KilledLogIT {
    private static final Distribution SPARK = Distribution.inVenv();
    private static final String UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    @Test
    void killedWithSignal9() throws Exception {
        endInTheMiddle("kill", ProcessHandle::destroyForcibly);
    }

    @Test
    void askedToEndWithSignal15() throws Exception {
        endInTheMiddle("term", ProcessHandle::destroy);
    }

    private static void endInTheMiddle(String how, Predicate<ProcessHandle> end) throws Exception {
        Path directory = Checkout.newWorkFolder("killed-log-" + how);
        String store = PythonMlflow.defaultStore(directory);
        try (MlflowClient client = new MlflowClient(store)) {
            Process process = SparkCommand.submit(
                            SPARK, "LogForever", Programs.jarWithBundle(SPARK, directory, "LogForever.java"))
                    .withBundle()
                    .forTinyData()
                    .conf("spark.mlflow.trackingUri", store)
                    .start(directory);
            try {
                awaitTheMiddleOfTheSecond(client, process, directory.resolve("output"));
                assertThat(end.test(process.toHandle())).isTrue();
                process.waitFor();
            } finally {
                Processes.kill(process);
            }
            assertWholeOrNotReady(client);
        }
    }

    /** One has been logged, and the executors write the files of the next one. */
    private static void awaitTheMiddleOfTheSecond(MlflowClient client, Process process, Path output)
            throws IOException, InterruptedException {
        while (versions(client).isEmpty() || models(client).stream().noneMatch(KilledLogIT::isBeingWritten)) {
            if (!process.isAlive()) {
                throw new AssertionError("The program ended by itself: " + Files.readString(output));
            }
            Thread.sleep(20);
        }
    }

    private static boolean isBeingWritten(LoggedModel model) {
        return model.status() == LoggedModelStatus.PENDING
                && Files.exists(Path.of(model.artifactUri()).resolve("sparkml/stages"));
    }

    private static void assertWholeOrNotReady(MlflowClient client) throws IOException {
        List<LoggedModel> ready = models(client).stream()
                .filter(model -> model.status() == LoggedModelStatus.READY)
                .toList();
        Set<String> whole = files(Path.of(ready.get(ready.size() - 1).artifactUri()));
        assertThat(whole)
                .contains("MLmodel", "sparkml/metadata/_SUCCESS")
                .anyMatch(file -> file.contains("/12_linReg_"));
        for (LoggedModel model : models(client)) {
            Set<String> files = files(Path.of(model.artifactUri()));
            if (model.status() == LoggedModelStatus.READY) {
                assertThat(files).as("files of a READY model").containsExactlyInAnyOrderElementsOf(whole);
            } else {
                assertThat(files)
                        .as("files of a model that is %s", model.status())
                        .doesNotContain("MLmodel");
            }
            Path ofTheRun = Path.of(
                            client.tracking().getRun(model.sourceRunId()).info().artifactUri())
                    .resolve("model");
            if (Files.exists(ofTheRun.resolve("MLmodel"))) {
                assertThat(files(ofTheRun)).as("files of a run's model").containsAll(whole);
            }
        }
        assertThat(models(client)).hasSizeGreaterThan(ready.size());
        for (ModelVersion version : versions(client)) {
            assertThat(version.status()).isEqualTo("READY");
            assertThat(ready).extracting(model -> "models:/" + model.modelId()).contains(version.source());
        }
    }

    private static List<LoggedModel> models(MlflowClient client) {
        return client.tracking().searchLoggedModels(SearchLoggedModels.in("0")).items();
    }

    private static List<ModelVersion> versions(MlflowClient client) {
        return client.registry().searchModelVersions(SearchModelVersions.all()).items();
    }

    /** Returns the paths without what is random in the names of part files, and without the file that a version adds. */
    private static Set<String> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replaceAll(UUID, "<uuid>"))
                    .filter(file -> !file.equals("registered_model_meta"))
                    .collect(Collectors.toSet());
        }
    }
}
