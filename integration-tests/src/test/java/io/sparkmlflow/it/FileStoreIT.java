package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.ViewType;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchExperiments;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRegisteredModels;
import io.sparkmlflow.store.SearchRuns;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A file store that the real MLflow wrote is read field by field as MLflow itself reads it. */
class FileStoreIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Path root;
    private static JsonNode python;
    private static MlflowClient client;

    @BeforeAll
    static void letPythonWrite() {
        Path directory = Checkout.newWorkFolder("file-store");
        root = directory.resolve("mlruns");
        python = PythonMlflow.run(directory, "write_file_store.py", root);
        client = new MlflowClient(root.toUri().toString());
    }

    @AfterAll
    static void close() {
        if (client != null) {
            client.close();
        }
    }

    private static String experiment() {
        return python.get("experiment").asText();
    }

    private static String run(String name) {
        return python.get("runs_by_name").get(name).asText();
    }

    private static String model(String name) {
        return python.get("models_by_name").get(name).asText();
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /** Compares without regard to the order of keys, and to the size of whole numbers. */
    private static void assertEqual(Object ours, JsonNode expected) throws IOException {
        assertThat(JSON.readTree(JSON.writeValueAsString(ours))).isEqualTo(JSON.readTree(expected.toString()));
    }

    // ---- field by field ----

    @Test
    void experimentsAreEqual() throws IOException {
        List<Object> ours =
                client.tracking().searchExperiments(SearchExperiments.active().withView(ViewType.ALL)).items().stream()
                        .<Object>map(FileStoreIT::describe)
                        .toList();
        assertThat(python.get("experiments")).hasSize(3);
        assertEqual(ours, python.get("experiments"));
        for (JsonNode expected : python.get("experiments")) {
            assertEqual(
                    describe(client.tracking().getExperiment(expected.get("id").asText())), expected);
        }
        assertThat(client.tracking().findExperimentByName("exp Ä").orElseThrow().experimentId())
                .isEqualTo(experiment());
    }

    private static Map<String, Object> describe(Experiment experiment) {
        Map<String, Object> fields = new TreeMap<>();
        fields.put("id", experiment.experimentId());
        fields.put("name", experiment.name());
        fields.put("artifacts", experiment.artifactLocation());
        fields.put("stage", experiment.lifecycleStage().wireName());
        fields.put("created", experiment.creationTime());
        fields.put("updated", experiment.lastUpdateTime());
        fields.put("tags", experiment.tags());
        return fields;
    }

    @Test
    void runsAreEqual() throws IOException {
        assertThat(python.get("runs")).hasSize(5);
        for (JsonNode expected : python.get("runs")) {
            assertEqual(describe(client.tracking().getRun(expected.get("id").asText())), expected);
        }
    }

    private static Map<String, Object> describe(Run run) {
        Map<String, Object> fields = new TreeMap<>();
        fields.put("id", run.info().runId());
        fields.put("name", run.info().runName());
        fields.put("experiment", run.info().experimentId());
        fields.put("user", run.info().userId());
        fields.put("status", run.info().status().name());
        fields.put("start", run.info().startTime());
        fields.put("end", run.info().endTime());
        fields.put("stage", run.info().lifecycleStage().wireName());
        fields.put("artifacts", run.info().artifactUri());
        fields.put("params", run.data().params());
        fields.put("tags", run.data().tags());
        Map<String, Object> metrics = new TreeMap<>();
        Map<String, Object> history = new TreeMap<>();
        for (Metric metric : run.data().metrics()) {
            if (!metric.key().equals("auc")) {
                metrics.put(metric.key(), Double.doubleToLongBits(metric.value()));
                history.put(
                        metric.key(),
                        client.tracking().getMetricHistory(run.info().runId(), metric.key(), 100, null).items().stream()
                                .map(point -> List.of(
                                        Double.doubleToLongBits(point.value()), point.timestamp(), point.step()))
                                .toList());
            }
        }
        fields.put("metrics", metrics);
        fields.put("history", history);
        fields.put("datasets", run.inputs().stream().map(FileStoreIT::describe).toList());
        fields.put(
                "outputs",
                run.outputs().stream()
                        .map(output -> List.of(output.modelId(), output.step()))
                        .toList());
        return fields;
    }

    private static List<Object> describe(DatasetInput input) {
        return Arrays.asList(
                input.dataset().name(),
                input.dataset().digest(),
                input.dataset().sourceType(),
                input.dataset().source(),
                input.dataset().schema(),
                input.dataset().profile(),
                input.tags());
    }

    /** Python reads a point on a dataset as if it were of step 0. */
    @Test
    void pointsOnADatasetKeepTheirStep() {
        assertThat(client.tracking()
                        .getMetricHistory(run("one"), "auc", 10, null)
                        .items())
                .extracting(Metric::value, Metric::step, Metric::datasetName)
                .containsExactly(tuple(0.9, 4L, null), tuple(0.5, 5L, "train"));
        assertThat(client.tracking()
                        .getRun(run("one"))
                        .data()
                        .metric("auc")
                        .orElseThrow()
                        .value())
                .isEqualTo(0.5);
    }

    @Test
    void loggedModelsAreEqual() throws IOException {
        assertThat(python.get("models")).hasSize(3);
        for (JsonNode expected : python.get("models")) {
            assertEqual(
                    describe(client.tracking().getLoggedModel(expected.get("id").asText())), expected);
        }
    }

    private static Map<String, Object> describe(LoggedModel model) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", model.modelId());
        fields.put("experiment", model.experimentId());
        fields.put("name", model.name());
        fields.put("artifacts", model.artifactUri());
        fields.put("created", model.creationTimestamp());
        fields.put("updated", model.lastUpdatedTimestamp());
        fields.put(
                "status",
                model.status() == LoggedModelStatus.UPLOAD_FAILED
                        ? "FAILED"
                        : model.status().name());
        fields.put("type", model.modelType());
        fields.put("run", model.sourceRunId());
        fields.put("params", model.params());
        fields.put("tags", model.tags());
        fields.put(
                "metrics",
                model.metrics().stream()
                        .map(metric -> Arrays.<Object>asList(
                                metric.key(),
                                Double.doubleToLongBits(metric.value()),
                                metric.timestamp(),
                                metric.step(),
                                metric.datasetName(),
                                metric.datasetDigest()))
                        .sorted((a, b) -> Long.compare((Long) a.get(1), (Long) b.get(1)))
                        .toList());
        return fields;
    }

    @Test
    void registeredModelsAndVersionsAreEqual() throws IOException {
        List<Object> models = client.registry().searchRegisteredModels(SearchRegisteredModels.all()).items().stream()
                .<Object>map(FileStoreIT::describe)
                .toList();
        assertThat(python.get("registered")).hasSize(2);
        assertEqual(models, python.get("registered"));
        assertThat(python.get("versions")).hasSize(3);
        for (JsonNode expected : python.get("versions")) {
            String name = expected.get("name").asText();
            int version = expected.get("version").asInt();
            assertEqual(describe(client.registry().getModelVersion(name, version)), expected);
        }
        assertThat(client.registry().getVersionByAlias("reg", "champion").version())
                .isEqualTo(1);
        assertThat(client.registry()
                        .findLatestVersionInStage("reg", "production")
                        .orElseThrow()
                        .version())
                .isEqualTo(1);
    }

    private static Map<String, Object> describe(RegisteredModel model) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", model.name());
        fields.put("created", model.creationTimestamp());
        fields.put("updated", model.lastUpdatedTimestamp());
        fields.put("description", model.description());
        fields.put("tags", model.tags());
        fields.put("aliases", model.aliases());
        fields.put(
                "latest",
                model.latestVersions().stream().map(ModelVersion::version).toList());
        return fields;
    }

    private static Map<String, Object> describe(ModelVersion version) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", version.name());
        fields.put("version", version.version());
        fields.put("created", version.creationTimestamp());
        fields.put("updated", version.lastUpdatedTimestamp());
        fields.put("description", version.description());
        fields.put("stage", version.currentStage());
        fields.put("source", version.source());
        fields.put("run", version.runId());
        fields.put("status", version.status());
        fields.put("aliases", version.aliases());
        fields.put("tags", version.tags());
        fields.put("download", client.registry().getDownloadUri(version.name(), version.version()));
        return fields;
    }

    // ---- searches ----

    @Test
    void runSearchesFindTheSameInTheSameOrder() {
        for (JsonNode search : python.get("run_searches")) {
            SearchRuns request = SearchRuns.in(experiment())
                    .withFilter(search.get(0).asText())
                    .withOrderBy(texts(search.get(1)).toArray(String[]::new));
            assertThat(names(request)).as(search.toString()).isEqualTo(texts(search.get(2)));
        }
        assertThat(names(SearchRuns.in(experiment()).withView(ViewType.ALL))).isEqualTo(texts(python.get("all_runs")));
        assertThat(names(SearchRuns.in(experiment()).withView(ViewType.DELETED_ONLY)))
                .isEqualTo(texts(python.get("deleted_runs")));
    }

    private static List<String> names(SearchRuns request) {
        return client.tracking().searchRuns(request).items().stream()
                .map(run -> run.info().runName())
                .toList();
    }

    @Test
    void loggedModelAndVersionSearchesFindTheSame() {
        for (JsonNode search : python.get("model_searches")) {
            assertThat(client.tracking()
                            .searchLoggedModels(SearchLoggedModels.in(experiment())
                                    .withFilter(search.get(0).asText()))
                            .items())
                    .as(search.toString())
                    .extracting(LoggedModel::name)
                    .isEqualTo(texts(search.get(1)));
        }
        for (JsonNode search : python.get("version_searches")) {
            assertThat(client.registry()
                            .searchModelVersions(SearchModelVersions.all()
                                    .withFilter(search.get(0).asText())
                                    .withOrderBy(texts(search.get(1)).toArray(String[]::new)))
                            .items())
                    .as(search.toString())
                    .extracting(version -> version.name() + "/" + version.version())
                    .isEqualTo(texts(search.get(2)));
        }
    }

    // ---- files ----

    @Test
    void filesAreFoundByEveryKindOfUri() throws IOException {
        for (String uri : List.of(
                "models:/" + model("first"),
                "models:/reg/1",
                "models:/reg@champion",
                "models:/reg/Production",
                "models:/red/latest",
                "runs:/" + run("one") + "/first")) {
            try (ArtifactStore artifacts = client.openArtifacts(uri);
                    InputStream in = artifacts.open("MLmodel")) {
                assertThat(in).as(uri).hasContent("first");
            }
            try (ArtifactStore artifacts = client.openArtifacts(uri + "/MLmodel");
                    InputStream in = artifacts.open("")) {
                assertThat(in).as(uri).hasContent("first");
            }
        }
        try (ArtifactStore artifacts = client.openArtifacts("models:/reg/2")) {
            assertThat(artifacts.list("")).extracting("path").containsExactly("f.txt");
            assertThat(artifacts.download("", root.resolveSibling("downloaded")).resolve("f.txt"))
                    .hasContent("hello");
        }
    }

    // ---- refusals ----

    @Test
    void writingIsRefusedAndChangesNothing() throws IOException {
        long before = files();
        assertThatThrownBy(() -> client.tracking().createRun(new CreateRun(experiment(), "x", null, 0, Map.of())))
                .hasMessageContaining("can only be read")
                .hasMessageContaining("mlflow migrate-filestore")
                .hasMessageContaining("sqlite:///mlflow.db")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.FEATURE_DISABLED);
        assertThatThrownBy(() -> client.registry().createRegisteredModel("new", null, Map.of()))
                .hasMessageContaining("can only be read");
        assertThat(files()).isEqualTo(before);
    }

    private static long files() throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            return tree.count();
        }
    }
}
