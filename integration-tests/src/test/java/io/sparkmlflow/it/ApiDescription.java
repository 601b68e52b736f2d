package io.sparkmlflow.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.Table;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.FileInfo;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.ViewType;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRuns;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What {@code describe_api.py} prints, as our client reads it. */
final class ApiDescription {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final MlflowClient client;

    private ApiDescription(MlflowClient client) {
        this.client = client;
    }

    static JsonNode of(MlflowClient client, String experimentName, String modelName) {
        try {
            // By way of the text, so that both sides have the same kinds of numbers.
            return JSON.readTree(
                    JSON.writeValueAsString(new ApiDescription(client).describe(experimentName, modelName)));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, Object> describe(String experimentName, String modelName) {
        Experiment experiment = client.getExperimentByName(experimentName).orElseThrow();
        String id = experiment.experimentId();
        List<Run> runs = client.searchRuns(SearchRuns.in(id).withView(ViewType.ALL)).items().stream()
                .sorted(Comparator.comparing(run -> run.info().runName()))
                .toList();
        String main = runs.stream()
                .filter(run -> run.info().runName().equals("main"))
                .findFirst()
                .orElseThrow()
                .info()
                .runId();
        RegisteredModel registered = client.getRegisteredModel(modelName);
        Map<String, Object> all = new LinkedHashMap<>();
        all.put(
                "experiment",
                map(
                        "id", id,
                        "name", experiment.name(),
                        "artifact_location", experiment.artifactLocation(),
                        "lifecycle_stage", experiment.lifecycleStage().wireName(),
                        "tags", experiment.tags(),
                        "created", experiment.creationTime(),
                        "updated", experiment.lastUpdateTime()));
        all.put(
                "runs",
                runs.stream()
                        .map(run -> ofRun(client.getRun(run.info().runId())))
                        .toList());
        all.put(
                "logged_models",
                client.searchLoggedModels(SearchLoggedModels.in(id)).items().stream()
                        .sorted(Comparator.comparing(LoggedModel::name))
                        .map(ApiDescription::ofModel)
                        .toList());
        all.put(
                "registered",
                map(
                        "name", registered.name(),
                        "description", registered.description(),
                        "tags", registered.tags(),
                        "aliases", registered.aliases()));
        SearchModelVersions search = SearchModelVersions.all().withFilter("name = '" + modelName + "'");
        all.put(
                "versions",
                client.searchModelVersions(search).items().stream()
                        .sorted(Comparator.comparing(ModelVersion::version))
                        .map(version -> ofVersion(client.getModelVersion(version.name(), version.version())))
                        .toList());
        all.put("text", textOf(main));
        Table table = client.loadTable(main, "tables/t.json");
        all.put("table", map("columns", table.columns(), "rows", table.rows()));
        Table tables = client.loadTables(id, "tables/t.json", List.of(), List.of("run_id"));
        all.put("tables", map("columns", tables.columns(), "rows", tables.rows()));
        return all;
    }

    private Map<String, Object> ofRun(Run run) {
        String runId = run.info().runId();
        Map<String, Object> metrics = new TreeMap<>();
        Map<String, Object> history = new TreeMap<>();
        for (Metric metric : run.data().metrics()) {
            metrics.put(metric.key(), number(metric.value()));
            history.put(
                    metric.key(),
                    client.getMetricHistory(runId, metric.key()).stream()
                            .map(point -> List.of(number(point.value()), point.timestamp(), point.step()))
                            .toList());
        }
        return map(
                "run_id", runId,
                "run_name", run.info().runName(),
                "experiment_id", run.info().experimentId(),
                "status", run.info().status(),
                "user_id", emptyIsNull(run.info().userId()),
                "start_time", run.info().startTime(),
                "end_time", run.info().endTime(),
                "artifact_uri", run.info().artifactUri(),
                "lifecycle_stage", run.info().lifecycleStage().wireName(),
                "params", run.data().params(),
                "tags", run.data().tags(),
                "metrics", metrics,
                "history", history,
                "inputs",
                        run.inputs().stream()
                                .sorted(Comparator.comparing(
                                        input -> input.dataset().name()))
                                .map(ApiDescription::ofInput)
                                .toList(),
                "model_inputs",
                        run.modelInputs().stream().map(ModelInput::modelId).toList(),
                "outputs",
                        run.outputs().stream()
                                .map(output -> List.of(output.modelId(), output.step()))
                                .toList(),
                "artifacts", artifactsOf(runId, null, new TreeMap<>()));
    }

    private static Map<String, Object> ofInput(DatasetInput input) {
        Dataset dataset = input.dataset();
        return map(
                "name", dataset.name(),
                "digest", dataset.digest(),
                "source_type", dataset.sourceType(),
                "source", dataset.source(),
                "schema", dataset.schema(),
                "profile", dataset.profile(),
                "tags", input.tags());
    }

    private Map<String, Object> artifactsOf(String runId, String path, Map<String, Object> found) {
        for (FileInfo file : client.listArtifacts(runId, path)) {
            if (file.isDirectory()) {
                artifactsOf(runId, file.path(), found);
            } else {
                found.put(file.path(), file.fileSize());
            }
        }
        return found;
    }

    private static Map<String, Object> ofModel(LoggedModel model) {
        List<Object> metrics = new ArrayList<>();
        model.metrics().stream()
                .sorted(Comparator.comparing(Metric::key))
                .forEach(metric -> metrics.add(Arrays.asList(
                        metric.key(),
                        number(metric.value()),
                        metric.timestamp(),
                        metric.step(),
                        metric.modelId(),
                        metric.datasetName(),
                        metric.datasetDigest())));
        return map(
                "model_id", model.modelId(),
                "name", model.name(),
                "experiment_id", model.experimentId(),
                "artifact_uri", model.artifactUri(),
                "status", model.status(),
                "model_type", model.modelType(),
                "source_run_id", model.sourceRunId(),
                "created", model.creationTimestamp(),
                "params", model.params(),
                "tags", model.tags(),
                "metrics", metrics);
    }

    private static Map<String, Object> ofVersion(ModelVersion version) {
        return map(
                "version", version.version(),
                "created", version.creationTimestamp(),
                "updated", version.lastUpdatedTimestamp(),
                "stage", version.currentStage(),
                "description", version.description(),
                "source", version.source(),
                "run_id", version.runId(),
                "status", version.status(),
                "tags", version.tags(),
                "aliases", version.aliases().stream().sorted().toList());
    }

    private String textOf(String runId) {
        try (InputStream text = client.openArtifact(runId, "texts/hello.txt")) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Object number(double value) {
        return Double.isNaN(value) ? "NaN" : (Object) value;
    }

    private static String emptyIsNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static Map<String, Object> map(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
