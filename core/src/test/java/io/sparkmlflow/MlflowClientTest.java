package io.sparkmlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.FileInfo;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ScalarType;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchRuns;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class MlflowClientTest {
    @TempDir
    Path folder;

    private MlflowClient client;
    private String run;

    @BeforeEach
    void open() {
        client = client(Map.of());
        String experiment =
                client.createExperiment("e", folder.resolve("artifacts").toString(), Map.of());
        run = client.createRun(experiment).info().runId();
    }

    @AfterEach
    void close() {
        client.close();
    }

    private MlflowClient client(Map<String, String> environment) {
        String uri = "sqlite:///" + folder.resolve("mlflow.db");
        return MlflowClient.open(MlflowConfig.of(key -> null, environment).with(Setting.TRACKING_URI, uri));
    }

    @Test
    void aReaderSeesWhatItHasLogged() {
        for (int step = 0; step < 3000; step++) {
            client.logMetric(run, "loss", 1.0 / (step + 1), step);
        }
        assertThat(client.getMetricHistory(run, "loss")).hasSize(3000);
        client.logMetric(run, "loss", Double.NaN, 3000);
        assertThat(client.getRun(run).data().metric("loss").orElseThrow().value())
                .isNaN();
        client.logMetric(run, "accuracy", 0.5);
        String experiment = client.getRun(run).info().experimentId();
        assertThat(client.searchRuns(SearchRuns.in(experiment).withFilter("metrics.accuracy = 0.5"))
                        .items())
                .hasSize(1);
    }

    @Test
    void aRunThatEndsHasAllThatWasLogged() {
        client.logMetric(run, "loss", 1);
        client.setTerminated(run);
        assertThat(client.tracking().getRun(run).data().metrics()).hasSize(1);
        assertThat(client.tracking().getRun(run).info().status()).isEqualTo(RunStatus.FINISHED);
    }

    @Test
    void aRunEndsThoughAMetricWasRefused() {
        client.logMetric(run, "bad#key", 1);
        assertThatThrownBy(() -> client.setTerminated(run, RunStatus.FAILED)).hasMessageContaining("bad#key");
        assertThat(client.getRun(run).info().status()).isEqualTo(RunStatus.FAILED);
    }

    @Test
    void aConflictOfParamsIsToldByTheCall() {
        client.logParam(run, "depth", "5");
        client.logParam(run, "depth", "5");
        assertThatThrownBy(() -> client.logParam(run, "depth", "6"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("Changing param values is not allowed");
    }

    @Test
    void everythingCanBeSentWithinTheCall() {
        try (MlflowClient direct = client(Map.of("MLFLOW_ENABLE_ASYNC_LOGGING", "false"))) {
            direct.logMetric(run, "loss", 1);
            assertThat(direct.tracking().getRun(run).data().metrics()).hasSize(1);
            assertThatThrownBy(() -> direct.logMetric(run, "bad#key", 1)).hasMessageContaining("bad#key");
        }
    }

    @Test
    void everythingCanBeSentBehindTheCall() {
        try (MlflowClient queued = client(Map.of("MLFLOW_ENABLE_ASYNC_LOGGING", "true"))) {
            queued.logParam(run, "depth", "5");
            queued.logParam(run, "depth", "6");
            queued.setTag(run, "team", "red");
            assertThatThrownBy(() -> queued.flush(run)).hasMessageContaining("Changing param values is not allowed");
            assertThat(queued.getRun(run).data().tags()).containsEntry("team", "red");
        }
    }

    @Test
    void longValuesAreCutOrRefused() {
        client.logParam(run, "long", "x".repeat(7000));
        client.setTag(run, "long", "x".repeat(9000));
        assertThat(client.getRun(run).data().params().get("long")).hasSize(6000);
        assertThat(client.getRun(run).data().tags().get("long")).hasSize(8000);
        try (MlflowClient strict = client(Map.of("MLFLOW_TRUNCATE_LONG_VALUES", "false"))) {
            assertThatThrownBy(() -> strict.logParam(run, "longer", "x".repeat(7000)))
                    .hasMessage("'Param value' exceeds the maximum length of 6000 characters");
        }
    }

    @Test
    void aLargeBatchIsCutToWhatMlflowTakes() {
        List<Metric> metrics =
                IntStream.range(0, 2500).mapToObj(i -> new Metric("m", i, i, i)).toList();
        List<Param> params =
                IntStream.range(0, 250).mapToObj(i -> new Param("p" + i, "v")).toList();
        List<Tag> tags =
                IntStream.range(0, 150).mapToObj(i -> new Tag("t" + i, "v")).toList();
        client.logBatch(run, metrics, params, tags);
        assertThat(client.getMetricHistory(run, "m")).hasSize(2500);
        assertThat(client.getRun(run).data().params()).hasSize(250);
        assertThat(client.getRun(run).data().tags()).hasSizeGreaterThanOrEqualTo(150);
    }

    @Test
    void artifactsGoAndCome() throws IOException {
        Path notes = Files.writeString(folder.resolve("notes.txt"), "some notes");
        client.logArtifact(run, notes, "docs");
        client.logText(run, "grüße", "texts/hello.txt");
        client.logDict(run, Map.of("a", List.of(1, 2)), "dict.json");
        client.logDict(run, Map.of("a", List.of(1, 2)), "dict.yaml");
        Path tree = Files.createDirectories(folder.resolve("tree/inner"));
        Files.writeString(tree.resolve("leaf"), "x");
        client.logArtifacts(run, tree.getParent(), null);
        client.logArtifact(run, tree.getParent());

        assertThat(client.listArtifacts(run))
                .extracting(FileInfo::path)
                .containsExactly("dict.json", "dict.yaml", "docs", "inner", "texts", "tree");
        assertThat(client.listArtifacts(run, "docs")).extracting(FileInfo::path).containsExactly("docs/notes.txt");
        try (InputStream hello = client.openArtifact(run, "texts/hello.txt")) {
            assertThat(new String(hello.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                    .isEqualTo("grüße");
        }
        Path copy = client.downloadArtifacts(run, "dict.yaml", folder.resolve("copy.yaml"));
        assertThat(copy).hasContent("a:\n- 1\n- 2\n");
        client.deleteArtifacts(run, "docs");
        assertThat(client.listArtifacts(run, "docs")).isEmpty();
        assertThatThrownBy(() -> client.logText(run, "x", "../out.txt"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("../out.txt");
    }

    @Test
    void tablesGrow() {
        client.logTable(
                run,
                Table.ofColumns(new java.util.TreeMap<>(Map.of("a", List.of(1, 2), "b", List.of("x", "y")))),
                "eval/table.json");
        client.logTable(run, new Table(List.of("b", "c"), List.of(Arrays.asList("z", Double.NaN))), "eval/table.json");
        Table table = client.loadTable(run, "eval/table.json");
        assertThat(table.columns()).containsExactly("a", "b", "c");
        assertThat(table.rows())
                .containsExactly(
                        Arrays.asList(1, "x", null), Arrays.asList(2, "y", null), Arrays.asList(null, "z", null));
        assertThat(client.getRun(run).data().tags())
                .containsEntry(MlflowTags.LOGGED_ARTIFACTS, "[{\"path\": \"eval/table.json\", \"type\": \"table\"}]");
        assertThatThrownBy(() -> client.logTable(run, table, "table.csv")).hasMessageContaining(".json");
        assertThatThrownBy(() -> new Table(List.of("a"), List.of(List.of(1, 2))))
                .hasMessageContaining("2 values");
    }

    @Test
    void tablesOfSeveralRunsAreReadAsOne() {
        String experiment = client.getRun(run).info().experimentId();
        client.setTerminated(run);
        client.logTable(run, new Table(List.of("q", "run_id"), List.of(List.of("a", "mine"))), "it's/tablé.json");
        client.logTable(run, new Table(List.of("q"), List.of(List.of("no"))), "other.json");
        String later = client.createRun(new CreateRun(
                        experiment, "later", null, client.getRun(run).info().startTime() + 1, Map.of("k", "v")))
                .info()
                .runId();
        client.logMetric(later, "loss", 0.5);
        client.logTable(later, new Table(List.of("q"), List.of(List.of("b"), List.of("c"))), "it's/tablé.json");

        Table all = client.loadTables(experiment, "it's/tablé.json", List.of(), List.of());
        assertThat(all.columns()).containsExactly("q", "run_id");
        assertThat(all.rows())
                .containsExactly(Arrays.asList("b", null), Arrays.asList("c", null), List.of("a", "mine"));

        Table wide = client.loadTables(
                experiment,
                "it's/tablé.json",
                List.of(later, "f".repeat(32)),
                List.of("run_id", "tags.k", "metrics.loss"));
        assertThat(wide.columns()).containsExactly("q", "run_id", "tags.k", "metrics.loss");
        assertThat(wide.rows()).containsExactly(List.of("b", later, "v", 0.5), List.of("c", later, "v", 0.5));
        assertThat(client.loadTables(experiment, "it's/tablé.json", List.of(run), List.of("run_id"))
                        .columns())
                .containsExactly("q", "run_id", "run_id_");

        assertThatThrownBy(() -> client.loadTables(experiment, "it.json", List.of(), List.of()))
                .hasMessageContaining("No run has the table 'it.json'")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        assertThatThrownBy(() -> client.loadTables(experiment, "it's/tablé.json", List.of(), List.of("colour")))
                .hasMessageContaining("'colour' is no column of runs");
    }

    @Test
    void aDictionaryBecomesTheYamlThatPythonWrites() {
        client.logDict(run, Map.of("b", List.of("yes", 1e20, "1e3"), "a", "grüße"), "dict.yml");
        assertThat(client.downloadArtifacts(run, "dict.yml", folder.resolve("copy.yml")))
                .hasContent("a: \"gr\\xFC\\xDFe\"\nb:\n- 'yes'\n- 1.0e+20\n- 1e3\n");
    }

    @Test
    void anExternalModelIsReadyAndCanBeRegistered() {
        String experiment = client.getRun(run).info().experimentId();
        LoggedModel model = client.createExternalModel(
                new CreateLoggedModel(experiment, "agent", "agent", run, Map.of("k", "v"), Map.of("x", "y")));
        assertThat(model.status()).isEqualTo(LoggedModelStatus.READY);
        assertThat(model.tags())
                .containsEntry(MlflowTags.EXTERNAL_MODEL, "true")
                .containsEntry("x", "y");
        MlModel file = MlModel.read(client.localModelFolder("models:/" + model.modelId()));
        assertThat(file.text("model_id")).contains(model.modelId());
        assertThat(file.text("run_id")).contains(run);
        assertThat(file.toMap()).containsEntry("metadata", Map.of(MlflowTags.EXTERNAL_MODEL, true));
        assertThat(file.signature().orElseThrow().inputs())
                .containsExactly(new ColumnSpec(null, ScalarType.BOOLEAN, true));
        assertThat(client.registerModel("models:/" + model.modelId(), "agents").version())
                .isEqualTo(1);
    }

    @Test
    void aRunsModelIsRegisteredAndCopied() {
        client.logText(run, "flavors: {}", "model/MLmodel");
        ModelVersion version = client.registerModel("runs:/" + run + "/model", "wine");
        assertThat(version.version()).isEqualTo(1);
        assertThat(version.runId()).isEqualTo(run);
        client.setRegisteredModelAlias("wine", "champion", 1);
        ModelVersion copy = client.copyModelVersion("models:/wine@champion", "beer");
        assertThat(copy.source()).isEqualTo("models:/wine/1");
        assertThat(client.localModelFolder("models:/beer/1").resolve("MLmodel")).hasContent("flavors: {}");
        assertThatThrownBy(() -> client.copyModelVersion("runs:/" + run + "/model", "beer"))
                .hasMessageContaining("names no version");
        assertThatThrownBy(() -> client.getRegisteredModel("water"))
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
    }

    @Test
    void closingSendsWhatIsQueued() {
        MlflowClient other = client(Map.of());
        other.logMetric(run, "loss", 1);
        other.close();
        assertThat(client.getMetricHistory(run, "loss")).hasSize(1);
    }

    @Test
    void theRegistryMayBeAnotherStore() {
        String registry = "sqlite:///" + folder.resolve("registry.db");
        String tracking = "sqlite:///" + folder.resolve("mlflow.db");
        try (MlflowClient both = new MlflowClient(tracking, registry);
                MlflowClient ofEnvironment = client(Map.of("MLFLOW_REGISTRY_URI", registry))) {
            both.createRegisteredModel("elsewhere");
            assertThat(both.getRun(run).info().runId()).isEqualTo(run);
            assertThat(ofEnvironment.getRegisteredModel("elsewhere").name()).isEqualTo("elsewhere");
            assertThatThrownBy(() -> client.getRegisteredModel("elsewhere")).isInstanceOf(MlflowException.class);
        }
    }

    @Test
    void unityCatalogIsRefusedInOneSentence() {
        assertThatThrownBy(() -> client(Map.of("MLFLOW_REGISTRY_URI", "databricks-uc://profile")))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("'databricks-uc://profile'")
                .hasMessageContaining("Unity Catalog");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aRegistryThatCannotBeOpenedLeavesNoTrackingStoreOpen() throws IOException {
        Path database = folder.resolve("alone.db");
        String tracking = "sqlite:///" + database;
        try (MlflowClient open = new MlflowClient(tracking, tracking)) {
            open.createExperiment("e");
            assertThat(isOpen(database)).isTrue();
        }
        assertThatThrownBy(() -> new MlflowClient(tracking, "nonsense:///")).isInstanceOf(MlflowException.class);
        assertThat(isOpen(database)).isFalse();
    }

    private static boolean isOpen(Path file) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.anyMatch(descriptor -> {
                try {
                    return Files.readSymbolicLink(descriptor).equals(file.toRealPath());
                } catch (IOException e) {
                    return false;
                }
            });
        }
    }
}
