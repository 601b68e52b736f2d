package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.ArtifactStores;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchExperiments;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRegisteredModels;
import io.sparkmlflow.store.SearchRuns;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The call of this client for each endpoint, with the ids and names of a recorded request. */
final class RecordedCalls implements AutoCloseable {
    /** The result of a search for something that is not there. */
    static final Object NOT_THERE = "not there";

    private static final Object DONE = "done";
    private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";

    private final RestTrackingStore store;
    private final RestModelRegistry registry;
    private final ArtifactStore artifacts;
    private final Path folder;

    RecordedCalls(String uri, MlflowConfig config, Path folder) {
        this.store = RestTrackingStore.open(uri, config);
        this.registry = RestModelRegistry.open(uri, config);
        this.artifacts = ArtifactStores.open("mlflow-artifacts:/", uri, config);
        this.folder = folder;
    }

    /** A call with the recorded request's values. */
    interface Call {
        Object on(RecordedCalls client, Values values) throws IOException;
    }

    private interface Action {
        void on(RecordedCalls client, Values values) throws IOException;
    }

    /** The fields of a recorded request, from its body or its query; {@code x} or 1 where it lacks one. */
    record Values(JsonNode request) {
        String text(String field) {
            JsonNode value = request.path("body").path(field);
            return value.isValueNode()
                    ? value.asText()
                    : request.path("query").path(field).asText("x");
        }

        int version() {
            return text("version").matches("\\d+") ? Integer.parseInt(text("version")) : 1;
        }

        /** The part of the path that names a logged model. */
        String modelId() {
            return request.path("path").asText().replaceFirst(".*/logged-models/([^/]+).*", "$1");
        }

        String artifactPath() {
            String path = request.path("path").asText().substring(ARTIFACTS.length());
            return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        }
    }

    static final Map<String, Call> CALLS = Map.ofEntries(
            result("POST", "experiments/create", (c, v) -> c.store.createExperiment(v.text("name"), null, Map.of())),
            result("GET", "experiments/get", (c, v) -> c.store.getExperiment(v.text("experiment_id"))),
            result(
                    "GET",
                    "experiments/get-by-name",
                    (c, v) -> found(c.store.findExperimentByName(v.text("experiment_name")))),
            result("POST", "experiments/search", (c, v) -> c.store.searchExperiments(SearchExperiments.active())),
            action("POST", "experiments/update", (c, v) -> c.store.renameExperiment(v.text("experiment_id"), "x")),
            action(
                    "POST",
                    "experiments/set-experiment-tag",
                    (c, v) -> c.store.setExperimentTag(v.text("experiment_id"), v.text("key"), v.text("value"))),
            action(
                    "POST",
                    "experiments/delete-experiment-tag",
                    (c, v) -> c.store.deleteExperimentTag(v.text("experiment_id"), v.text("key"))),
            action("POST", "experiments/delete", (c, v) -> c.store.deleteExperiment(v.text("experiment_id"))),
            action("POST", "experiments/restore", (c, v) -> c.store.restoreExperiment(v.text("experiment_id"))),
            result(
                    "POST",
                    "runs/create",
                    (c, v) -> c.store.createRun(new CreateRun(v.text("experiment_id"), "x", "u", 1L, Map.of()))),
            result("GET", "runs/get", (c, v) -> c.store.getRun(v.text("run_id"))),
            result("POST", "runs/update", (c, v) -> c.store.updateRun(v.text("run_id"), RunStatus.FINISHED, 1L, "x")),
            action("POST", "runs/delete", (c, v) -> c.store.deleteRun(v.text("run_id"))),
            action("POST", "runs/restore", (c, v) -> c.store.restoreRun(v.text("run_id"))),
            result("POST", "runs/search", (c, v) -> c.store.searchRuns(SearchRuns.in("1"))),
            action(
                    "POST",
                    "runs/log-batch",
                    (c, v) -> c.store.logBatch(
                            v.text("run_id"),
                            List.of(new Metric("m", 1.0, 1L, 0L, null, null, null)),
                            List.of(new Param("p", "v")),
                            List.of())),
            action("POST", "runs/set-tag", (c, v) -> c.store.setTag(v.text("run_id"), new Tag(v.text("key"), "v"))),
            action("POST", "runs/delete-tag", (c, v) -> c.store.deleteTag(v.text("run_id"), v.text("key"))),
            result(
                    "GET",
                    "metrics/get-history",
                    (c, v) -> c.store.getMetricHistory(v.text("run_id"), v.text("metric_key"), 10, null)),
            action("POST", "runs/log-inputs", (c, v) -> c.store.logInputs(v.text("run_id"), List.of())),
            action(
                    "POST",
                    "runs/outputs",
                    (c, v) -> c.store.logOutputs(v.text("run_id"), List.of(new ModelOutput("m-1", 0L)))),
            action("POST", "runs/log-model", (c, v) -> c.store.recordModel(v.text("run_id"), v.text("model_json"))),
            result(
                    "POST",
                    "logged-models",
                    (c, v) -> c.store.createLoggedModel(new CreateLoggedModel(
                            v.text("experiment_id"), v.text("name"), null, null, Map.of(), Map.of()))),
            result("POST", "logged-models/search", (c, v) -> c.store.searchLoggedModels(SearchLoggedModels.in("1"))),
            result("GET", "logged-models/{id}", (c, v) -> c.store.getLoggedModel(v.modelId())),
            result(
                    "PATCH",
                    "logged-models/{id}",
                    (c, v) -> c.store.finalizeLoggedModel(v.modelId(), LoggedModelStatus.READY)),
            action("DELETE", "logged-models/{id}", (c, v) -> c.store.deleteLoggedModel(v.modelId())),
            action(
                    "POST",
                    "logged-models/{id}/params",
                    (c, v) -> c.store.logLoggedModelParams(v.modelId(), List.of(new Param("p", "v")))),
            action(
                    "PATCH",
                    "logged-models/{id}/tags",
                    (c, v) -> c.store.setLoggedModelTags(v.modelId(), List.of(new Tag("k", "v")))),
            action("DELETE", "logged-models/{id}/tags/k1", (c, v) -> c.store.deleteLoggedModelTag(v.modelId(), "k1")),
            result(
                    "POST",
                    "registered-models/create",
                    (c, v) -> c.registry.createRegisteredModel(v.text("name"), null, Map.of())),
            result("GET", "registered-models/get", (c, v) -> found(c.registry.findRegisteredModel(v.text("name")))),
            result(
                    "GET",
                    "registered-models/search",
                    (c, v) -> c.registry.searchRegisteredModels(SearchRegisteredModels.all())),
            result(
                    "POST",
                    "registered-models/rename",
                    (c, v) -> c.registry.renameRegisteredModel(v.text("name"), v.text("new_name"))),
            result(
                    "PATCH",
                    "registered-models/update",
                    (c, v) -> c.registry.updateRegisteredModel(v.text("name"), v.text("description"))),
            action("DELETE", "registered-models/delete", (c, v) -> c.registry.deleteRegisteredModel(v.text("name"))),
            action(
                    "POST",
                    "registered-models/set-tag",
                    (c, v) -> c.registry.setRegisteredModelTag(v.text("name"), new Tag(v.text("key"), "v"))),
            action(
                    "DELETE",
                    "registered-models/delete-tag",
                    (c, v) -> c.registry.deleteRegisteredModelTag(v.text("name"), v.text("key"))),
            result(
                    "POST",
                    "registered-models/get-latest-versions",
                    (c, v) -> c.registry.getLatestVersions(v.text("name"), List.of())),
            action(
                    "POST",
                    "registered-models/alias",
                    (c, v) -> c.registry.setAlias(v.text("name"), v.text("alias"), v.version())),
            action(
                    "DELETE",
                    "registered-models/alias",
                    (c, v) -> c.registry.deleteAlias(v.text("name"), v.text("alias"))),
            result(
                    "GET",
                    "registered-models/alias",
                    (c, v) -> c.registry.getVersionByAlias(v.text("name"), v.text("alias"))),
            result(
                    "POST",
                    "model-versions/create",
                    (c, v) -> c.registry.createModelVersion(new CreateModelVersion(
                            v.text("name"), v.text("source"), null, null, null, null, Map.of()))),
            result("GET", "model-versions/get", (c, v) -> c.registry.getModelVersion(v.text("name"), v.version())),
            result("GET", "model-versions/search", (c, v) -> c.registry.searchModelVersions(SearchModelVersions.all())),
            result(
                    "PATCH",
                    "model-versions/update",
                    (c, v) -> c.registry.updateModelVersion(v.text("name"), v.version(), v.text("description"))),
            result(
                    "POST",
                    "model-versions/transition-stage",
                    (c, v) -> c.registry.transitionStage(v.text("name"), v.version(), v.text("stage"), true)),
            result(
                    "GET",
                    "model-versions/get-download-uri",
                    (c, v) -> c.registry.getDownloadUri(v.text("name"), v.version())),
            action(
                    "DELETE",
                    "model-versions/delete",
                    (c, v) -> c.registry.deleteModelVersion(v.text("name"), v.version())),
            action(
                    "POST",
                    "model-versions/set-tag",
                    (c, v) -> c.registry.setModelVersionTag(v.text("name"), v.version(), new Tag(v.text("key"), "v"))),
            action(
                    "DELETE",
                    "model-versions/delete-tag",
                    (c, v) -> c.registry.deleteModelVersionTag(v.text("name"), v.version(), v.text("key"))),
            Map.entry("GET /api/2.0/mlflow-artifacts/artifacts", (c, v) -> c.artifacts.list(v.text("path"))),
            Map.entry("GET " + ARTIFACTS + "{path}", (c, v) -> c.read(v.artifactPath())),
            Map.entry("PUT " + ARTIFACTS + "{path}", (c, v) -> c.upload(v.artifactPath())),
            Map.entry("DELETE " + ARTIFACTS + "{path}", (c, v) -> {
                c.artifacts.delete(v.artifactPath());
                return DONE;
            }));

    Object replay(JsonNode request) throws IOException {
        return CALLS.get(endpoint(request)).on(this, new Values(request));
    }

    @Override
    public void close() {
        store.close();
        registry.close();
        artifacts.close();
    }

    /** Returns method and path, ids and artifact paths replaced. */
    static String endpoint(JsonNode request) {
        return endpoint(request.path("method").asText(), request.path("path").asText());
    }

    static String endpoint(String method, String target) {
        String path = target.replaceFirst("\\?.*", "")
                .replaceFirst("/logged-models/m-[^/]+", "/logged-models/{id}")
                .replaceFirst("/mlflow-artifacts/(artifacts|mpu|presigned)/.*", "/mlflow-artifacts/$1/{path}");
        return method + " " + path;
    }

    private String read(String path) throws IOException {
        try (InputStream stream = artifacts.open(path)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Object upload(String path) throws IOException {
        Path whole = Path.of(path);
        Path local = Files.createDirectories(folder.resolve("up")).resolve(whole.getFileName());
        Files.writeString(local, "x");
        artifacts.uploadFile(
                local, whole.getParent() == null ? null : whole.getParent().toString());
        return DONE;
    }

    private static Object found(Optional<?> something) {
        return something.isPresent() ? something.get() : NOT_THERE;
    }

    private static Map.Entry<String, Call> result(String method, String path, Call call) {
        return Map.entry(method + " /api/2.0/mlflow/" + path, call);
    }

    private static Map.Entry<String, Call> action(String method, String path, Action action) {
        return result(method, path, (client, values) -> {
            action.on(client, values);
            return DONE;
        });
    }
}
