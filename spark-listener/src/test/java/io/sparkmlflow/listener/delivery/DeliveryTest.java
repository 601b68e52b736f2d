package io.sparkmlflow.listener.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRuns;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeliveryTest {
    private static final Map<String, String> NO_TAGS = Map.of();

    @TempDir
    Path directory;

    private String store;
    private Path root;

    @BeforeEach
    void nameFolders() {
        store = "sqlite:///" + directory.resolve("mlflow.db");
        root = directory.resolve("spool");
    }

    @Test
    void whatIsSpooledIsSentAsItWouldHaveBeenAtOnce() throws IOException {
        RunInfo before;
        try (Delivery delivery = new Delivery(config(Map.of()))) {
            before = create(delivery, "0", "before", NO_TAGS);
            delivery.spool();
            log(delivery, before, "1");
            RunInfo during = create(delivery, experiment(delivery), "during", NO_TAGS);
            log(delivery, during, "2");
            create(delivery, during.experimentId(), "child", Map.of("mlflow.parentRunId", during.runId()));
        }
        assertThat(send()).isZero();

        try (MlflowClient client = new MlflowClient(store)) {
            String experiment = client.tracking()
                    .findExperimentByName("churn")
                    .orElseThrow()
                    .experimentId();
            assertThat(runs(client, "0")).hasSize(1);
            assertLogged(client.tracking().getRun(before.runId()), "1");
            Run during = only(client, experiment, "during");
            assertLogged(during, "2");
            assertThat(only(client, experiment, "child").data().tags())
                    .containsEntry("mlflow.parentRunId", during.info().runId());
        }
        assertThat(spools()).isEmpty();
    }

    @Test
    void aReplayThatWasCutOffAnywhereDoublesNothing() throws IOException {
        try (Delivery delivery = new Delivery(config(Map.of()))) {
            delivery.spool();
            RunInfo run = create(delivery, "0", "run", NO_TAGS);
            log(delivery, run, "1");
            delivery.logModel(run, "model", model(), "churn-model");
        }
        Path spool = spools().get(0);
        Path copy = directory.resolve("copy");
        copyTree(spool, copy);
        int calls = SpoolFile.read(spool.resolve("records")).size();
        // As if it was killed after each call, before that was noted.
        for (int noted = 0; noted < calls; noted++) {
            Path again = Files.createDirectories(root).resolve("again-" + noted);
            copyTree(copy, again);
            try (ReplayProgress progress = ReplayProgress.open(again)) {
                for (int i = 0; i < noted; i++) {
                    progress.advance();
                    if (i == 1) {
                        try (MlflowClient client = new MlflowClient(store)) {
                            String local = localRun(again);
                            progress.created(
                                    local, runs(client, "0").get(0).info().runId());
                        }
                    }
                }
            }
            assertThat(send()).isZero();
        }

        try (MlflowClient client = new MlflowClient(store)) {
            Run run = only(client, "0", "run");
            assertLogged(run, "1");
            assertThat(client.tracking()
                            .getMetricHistory(run.info().runId(), "rows", 10, null)
                            .items())
                    .hasSize(1);
            assertThat(run.inputs()).hasSize(1);
            assertThat(run.data().tags().get("mlflow.log-model.history").split("\"run_id\""))
                    .hasSize(2);
            assertThat(client.registry()
                            .searchModelVersions(SearchModelVersions.all())
                            .items())
                    .hasSize(1);
        }
    }

    @Test
    void aSpoolWhoseTailIsCutOffIsSentUpToThere() throws IOException {
        try (Delivery delivery = new Delivery(config(Map.of()))) {
            delivery.spool();
            log(delivery, create(delivery, "0", "run", NO_TAGS), "1");
        }
        Path records = spools().get(0).resolve("records");
        byte[] whole = Files.readAllBytes(records);
        Files.write(records, Arrays.copyOf(whole, whole.length - 3));
        assertThat(send()).isZero();

        try (MlflowClient client = new MlflowClient(store)) {
            Run run = only(client, "0", "run");
            assertThat(run.data().params()).containsEntry("a", "1");
            assertThat(run.info().status()).isEqualTo(RunStatus.RUNNING);
        }
    }

    @Test
    void aRunOfSomebodyElseKeepsItsParamsAndTags() {
        String owners;
        try (MlflowClient client = new MlflowClient(store)) {
            owners = client.tracking()
                    .createRun(new CreateRun("0", "owner's", null, 1, Map.of("mlflow.user", "owner")))
                    .info()
                    .runId();
        }
        try (Delivery delivery = new Delivery(config(Map.of()))) {
            delivery.spool();
            MlflowClient client = delivery.client();
            client.tracking().getRun(owners);
            client.logBatch(
                    owners,
                    List.of(),
                    List.of(new Param("b", "2")),
                    List.of(new Tag("mlflow.user", "alice"), new Tag("more", "yes")));
        }
        assertThat(send()).isZero();
        try (MlflowClient client = new MlflowClient(store)) {
            Run run = client.tracking().getRun(owners);
            assertThat(run.data().params()).isEqualTo(Map.of("b", "2"));
            assertThat(run.data().tags()).containsEntry("mlflow.user", "owner").containsEntry("more", "yes");
        }
    }

    @Test
    void whatTheStoreRefusesIsNamedAndKept() throws IOException {
        try (Delivery delivery = new Delivery(config(Map.of()))) {
            RunInfo run = create(delivery, "0", "run", NO_TAGS);
            delivery.client().logParam(run.runId(), "a", "other");
            delivery.spool();
            log(delivery, run, "1");
        }
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        assertThat(send(said)).isOne();
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("refused by").contains("1 refused");
        assertThat(spools().get(0).resolve("refused.txt")).content().contains("a");
        // The rest has gone, and does not go twice.
        assertThat(send()).isZero();
    }

    @Test
    void aStatusIsCorrectedWhereverTheRunIs() {
        RunInfo run;
        Delivery delivery = new Delivery(config(Map.of()));
        delivery.spool();
        run = create(delivery, "0", "run", NO_TAGS);
        delivery.client().tracking().updateRun(run.runId(), RunStatus.FINISHED, 5L, null);
        delivery.close();
        delivery.correct(run, RunStatus.FAILED);
        assertThat(send()).isZero();
        try (MlflowClient client = new MlflowClient(store)) {
            RunInfo sent = only(client, "0", "run").info();
            assertThat(sent.status()).isEqualTo(RunStatus.FAILED);
            assertThat(sent.endTime()).isEqualTo(5);
        }
    }

    @Test
    void whatIsSpooledIsSentWhileMoreComes() throws IOException {
        try (Delivery delivery = new Delivery(config(Map.of()))) {
            delivery.spool();
            RunInfo first = create(delivery, "0", "first", NO_TAGS);
            delivery.logModel(first, "model", model(), null);
            assertThat(delivery.hasUnsent()).isTrue();
            delivery.sendSpooled();
            assertThat(delivery.hasUnsent()).isFalse();
            assertThat(delivery.spoolFolder()).isNull();
            try (MlflowClient client = new MlflowClient(store)) {
                assertThat(only(client, "0", "first").data().tags()).containsKey("mlflow.log-model.history");
            }
            // What the store has takes no room on the driver's disk.
            assertThat(Files.walk(spools().get(0))
                            .map(path -> path.getFileName().toString()))
                    .doesNotContain("MLmodel");

            log(delivery, first, "1");
            create(delivery, "0", "child", Map.of("mlflow.parentRunId", first.runId()));
            delivery.sendSpooled();
            delivery.sendSpooled();
            // Nobody else sends what a running application still writes.
            assertThat(send()).isEqualTo(2);
        }
        assertThat(spools()).isEmpty();
        try (MlflowClient client = new MlflowClient(store)) {
            assertThat(runs(client, "0")).hasSize(2);
            Run first = only(client, "0", "first");
            assertLogged(first, "1");
            assertThat(client.tracking()
                            .getMetricHistory(first.info().runId(), "rows", 10, null)
                            .items())
                    .hasSize(1);
            assertThat(only(client, "0", "child").data().tags())
                    .containsEntry("mlflow.parentRunId", first.info().runId());
        }
    }

    @Test
    void aSpoolThatHasGrownIsExchangedAndRunsAreKnownInTheNext() throws IOException {
        try (Delivery delivery = new Delivery(config(Map.of()))) {
            delivery.spool();
            RunInfo run = create(delivery, "0", "run", NO_TAGS);
            Path grown = spools().get(0);
            for (int i = 0; i < 1200; i++) {
                delivery.client().logBatch(run.runId(), List.of(), List.of(), List.of(new Tag("t", "x".repeat(7900))));
            }
            delivery.sendSpooled();
            log(delivery, run, "1");
            assertThat(spools()).hasSize(1).doesNotContain(grown);
            delivery.sendSpooled();
            log(delivery, run, "1");
        }
        // The application was cut off before the rest was sent.
        assertThat(send()).isZero();
        try (MlflowClient client = new MlflowClient(store)) {
            assertThat(runs(client, "0")).hasSize(1);
            assertLogged(only(client, "0", "run"), "1");
        }
    }

    @Test
    void whatIsRefusedInTheMiddleIsNamedInTheEnd() throws IOException {
        try (Delivery delivery = new Delivery(config(Map.of()))) {
            RunInfo run = create(delivery, "0", "run", NO_TAGS);
            delivery.client().logParam(run.runId(), "a", "other");
            delivery.spool();
            delivery.client().logBatch(run.runId(), List.of(), List.of(new Param("a", "1")), List.of());
            delivery.sendSpooled();
            delivery.client().logBatch(run.runId(), List.of(), List.of(new Param("b", "2")), List.of());
            delivery.sendSpooled();
            assertThat(delivery.spoolFolder()).isEqualTo(spools().get(0));
        }
        assertThat(spools().get(0).resolve("refused.txt")).content().contains("a");
        try (MlflowClient client = new MlflowClient(store)) {
            assertThat(only(client, "0", "run").data().params()).isEqualTo(Map.of("a", "other", "b", "2"));
        }
    }

    @Test
    void itCanBeTurnedOff() {
        try (Delivery delivery = new Delivery(config(Map.of("spark.mlflow.spool", "off")))) {
            assertThatThrownBy(delivery::spool)
                    .isInstanceOf(MlflowException.class)
                    .hasMessageContaining("spark.mlflow.spool is off");
        }
    }

    private MlflowConfig config(Map<String, String> conf) {
        Map<String, String> all =
                new HashMap<>(Map.of("spark.mlflow.trackingUri", store, "spark.mlflow.spool", root.toString()));
        all.putAll(conf);
        return MlflowConfig.of(all::get, Map.of());
    }

    private static RunInfo create(Delivery delivery, String experiment, String name, Map<String, String> tags) {
        return delivery.client()
                .tracking()
                .createRun(new CreateRun(experiment, name, "alice", 1, tags))
                .info();
    }

    private static String experiment(Delivery delivery) {
        return delivery.client()
                .tracking()
                .findExperimentByName("churn")
                .orElseThrow()
                .experimentId();
    }

    private void log(Delivery delivery, RunInfo run, String param) {
        MlflowClient client = delivery.client();
        client.logBatch(
                run.runId(),
                List.of(new Metric("rows", 3, 7, 1), new Metric("loss", Double.NaN, 7, 1)),
                List.of(new Param("a", param)),
                List.of(new Tag("t", "é")));
        client.tracking()
                .logInputs(
                        run.runId(),
                        List.of(new DatasetInput(
                                new Dataset("people", "d1", "spark", "{\"path\": \"x\"}", null, null),
                                Map.of("mlflow.data.context", "read"))));
        try (ArtifactStore artifacts = client.openArtifacts(run.artifactUri())) {
            artifacts.uploadFile(Files.writeString(directory.resolve("info.json"), "{}"), null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        client.tracking().updateRun(run.runId(), RunStatus.FINISHED, 9L, null);
    }

    private static void assertLogged(Run run, String param) {
        assertThat(run.data().params()).containsEntry("a", param);
        assertThat(run.data().tags()).containsEntry("t", "é").containsKey("spark.mlflow.key");
        assertThat(run.data().metric("rows").orElseThrow().value()).isEqualTo(3);
        assertThat(run.data().metric("loss").orElseThrow().value()).isNaN();
        assertThat(run.inputs()).hasSize(1);
        assertThat(run.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(run.info().endTime()).isEqualTo(9);
        assertThat(Path.of(run.info().artifactUri(), "info.json")).hasContent("{}");
    }

    private Path model() throws IOException {
        Path folder = Files.createDirectories(directory.resolve("staged/model"));
        Files.writeString(
                folder.resolve("MLmodel"),
                "artifact_path: model\nflavors:\n  spark:\n    model_data: sparkml\n"
                        + "model_uuid: 0123456789abcdef0123456789abcdef\nrun_id: none\n"
                        + "utc_time_created: '2026-01-01 00:00:00.000000'\n");
        return folder;
    }

    private static String localRun(Path spool) throws IOException {
        return ((SpoolOp.RunCreated)
                        SpoolOp.of(SpoolFile.read(spool.resolve("records")).get(1)))
                .localId();
    }

    private int send() {
        return send(new ByteArrayOutputStream());
    }

    private int send(ByteArrayOutputStream said) {
        return new SpoolSender(
                        MlflowConfig.of(key -> null, Map.of()), new PrintStream(said, true, StandardCharsets.UTF_8))
                .send(List.of(root));
    }

    private List<Path> spools() throws IOException {
        return SpoolFolders.spoolsIn(root);
    }

    private static List<Run> runs(MlflowClient client, String experiment) {
        return client.tracking().searchRuns(SearchRuns.in(experiment)).items();
    }

    private static Run only(MlflowClient client, String experiment, String name) {
        List<Run> found = runs(client, experiment).stream()
                .filter(run -> run.info().runName().equals(name))
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static void copyTree(Path source, Path target) throws IOException {
        try (Stream<Path> paths = Files.walk(source)) {
            for (Path path : paths.toList()) {
                Files.copy(
                        path, target.resolve(source.relativize(path).toString()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
