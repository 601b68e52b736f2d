package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchExperiments;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchRuns;
import io.sparkmlflow.store.TrackingStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tracking store behind the REST API of an MLflow server. */
public final class RestTrackingStore implements TrackingStore {
    private static final String EXPERIMENTS = "mlflow/experiments/";
    private static final String RUNS = "mlflow/runs/";
    private static final String LOGGED_MODELS = "mlflow/logged-models";

    private final RestClient client;
    private final Unanswered<CreateRun> unansweredRuns = new Unanswered<>();
    private final Unanswered<JsonNode> unansweredModels = new Unanswered<>();
    private final Unanswered<List<Object>> unansweredExperiments = new Unanswered<>();
    private final LongValueNotice longValues;

    RestTrackingStore(RestClient client) {
        this.client = client;
        this.longValues = new LongValueNotice(client.uri());
    }

    /**
     * Opens the store; the server is asked with the first call.
     *
     * @param uri {@code http://} or {@code https://}, a host, and the server's path prefix if it has one
     */
    public static RestTrackingStore open(String uri, MlflowConfig config) {
        return new RestTrackingStore(RestClient.open(uri, config));
    }

    @Override
    public String uri() {
        return client.uri();
    }

    /** Returns what asks the server, for the artifacts behind it too. It is open as long as this store. */
    public RestClient client() {
        return client;
    }

    /** Called again with an equal request after a lost answer, returns the experiment that the first call has made, if it has. */
    @Override
    public String createExperiment(String name, String artifactLocation, Map<String, String> tags) {
        ObjectNode body = Json.object().put("name", name);
        Json.putIfPresent(body, "artifact_location", artifactLocation);
        KeyValueJson.put(body, "tags", tags);
        List<Object> request = Arrays.asList(name, artifactLocation, Map.copyOf(tags));
        return unansweredExperiments.make(request, () -> findExperiment(name, artifactLocation, tags), () -> {
            return Json.text(post(EXPERIMENTS + "create", body, Repeat.ONLY_IF_NOT_EXECUTED), "experiment_id");
        });
    }

    /** Returns the id of the experiment that is as a request names it. */
    private Optional<String> findExperiment(String name, String artifactLocation, Map<String, String> tags) {
        return findExperimentByName(name)
                .filter(experiment -> experiment.lifecycleStage() == LifecycleStage.ACTIVE)
                .filter(experiment ->
                        artifactLocation == null || artifactLocation.equals(experiment.artifactLocation()))
                .filter(experiment -> experiment.tags().entrySet().containsAll(tags.entrySet()))
                .map(Experiment::experimentId);
    }

    @Override
    public Experiment getExperiment(String experimentId) {
        JsonNode answer = client.get(EXPERIMENTS + "get", QueryString.of("experiment_id", experimentId));
        return ExperimentJson.fromJson(Json.required(answer, "experiment"));
    }

    @Override
    public Optional<Experiment> findExperimentByName(String name) {
        try {
            JsonNode answer = client.get(EXPERIMENTS + "get-by-name", QueryString.of("experiment_name", name));
            return Optional.of(ExperimentJson.fromJson(Json.required(answer, "experiment")));
        } catch (MlflowException e) {
            if (e.errorCode() == ErrorCode.RESOURCE_DOES_NOT_EXIST) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public Page<Experiment> searchExperiments(SearchExperiments request) {
        ObjectNode body =
                Json.object().put("view_type", request.view().name()).put("max_results", request.maxResults());
        Json.putIfPresent(body, "filter", request.filter());
        Json.putIfPresent(body, "page_token", request.pageToken());
        putTexts(body, "order_by", request.orderBy());
        return Json.page(post(EXPERIMENTS + "search", body, Repeat.ALWAYS), "experiments", ExperimentJson::fromJson);
    }

    @Override
    public void renameExperiment(String experimentId, String newName) {
        ObjectNode body = Json.object().put("experiment_id", experimentId).put("new_name", newName);
        post(EXPERIMENTS + "update", body, Repeat.ALWAYS);
    }

    @Override
    public void setExperimentTag(String experimentId, String key, String value) {
        ObjectNode body = KeyValueJson.keyValue(key, value).put("experiment_id", experimentId);
        post(EXPERIMENTS + "set-experiment-tag", body, Repeat.ALWAYS);
    }

    @Override
    public void deleteExperimentTag(String experimentId, String key) {
        ObjectNode body = Json.object().put("experiment_id", experimentId).put("key", key);
        post(EXPERIMENTS + "delete-experiment-tag", body, Repeat.UNTIL_GONE);
    }

    @Override
    public void deleteExperiment(String experimentId) {
        post(EXPERIMENTS + "delete", Json.object().put("experiment_id", experimentId), Repeat.UNTIL_GONE);
    }

    /** An experiment that is not deleted is none to restore: the second time the server answers that it is not there. */
    @Override
    public void restoreExperiment(String experimentId) {
        post(EXPERIMENTS + "restore", Json.object().put("experiment_id", experimentId), Repeat.UNTIL_GONE);
    }

    /** Called again with an equal request after a lost answer, returns the run that the first call has made, if it has. */
    @Override
    public Run createRun(CreateRun request) {
        longValues.tags(request.tags());
        return unansweredRuns.make(request, () -> findRun(request), () -> {
            JsonNode answer = post(RUNS + "create", RunJson.toJson(request), Repeat.ONLY_IF_NOT_EXECUTED);
            return RunJson.fromJson(Json.required(answer, "run"));
        });
    }

    /** Returns the run that starts at the millisecond and has the tags that a request names. */
    private Optional<Run> findRun(CreateRun request) {
        SearchRuns search = SearchRuns.in(request.experimentId())
                .withFilter("attributes.start_time = " + request.startTime())
                .withMaxResults(100);
        return searchRuns(search).items().stream()
                .filter(run -> request.runName() == null
                        || request.runName().equals(run.info().runName()))
                .filter(run ->
                        run.data().tags().entrySet().containsAll(request.tags().entrySet()))
                .findFirst();
    }

    @Override
    public Run getRun(String runId) {
        JsonNode answer = client.get(RUNS + "get", QueryString.of("run_id", runId));
        return RunJson.fromJson(Json.required(answer, "run"));
    }

    @Override
    public RunInfo updateRun(String runId, RunStatus status, Long endTime, String runName) {
        ObjectNode body = ofRun(runId);
        Json.putIfPresent(body, "status", status == null ? null : status.name());
        if (endTime != null) {
            body.put("end_time", endTime);
        }
        Json.putIfPresent(body, "run_name", runName);
        return RunJson.infoFromJson(Json.required(post(RUNS + "update", body, Repeat.ALWAYS), "run_info"));
    }

    @Override
    public void deleteRun(String runId) {
        post(RUNS + "delete", ofRun(runId), Repeat.ALWAYS);
    }

    @Override
    public void restoreRun(String runId) {
        post(RUNS + "restore", ofRun(runId), Repeat.ALWAYS);
    }

    @Override
    public Page<Run> searchRuns(SearchRuns request) {
        ObjectNode body =
                Json.object().put("run_view_type", request.view().name()).put("max_results", request.maxResults());
        putTexts(body, "experiment_ids", request.experimentIds());
        Json.putIfPresent(body, "filter", request.filter());
        putTexts(body, "order_by", request.orderBy());
        Json.putIfPresent(body, "page_token", request.pageToken());
        return Json.page(post(RUNS + "search", body, Repeat.ALWAYS), "runs", RunJson::fromJson);
    }

    /** Repeated after any failure: the server keeps equal points and equal params once. */
    @Override
    public void logBatch(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags) {
        longValues.params(params);
        longValues.tags(tags);
        ObjectNode body = ofRun(runId);
        Json.putList(body, "metrics", metrics, MetricJson::toJson);
        KeyValueJson.putParams(body, params);
        KeyValueJson.putTags(body, tags);
        post(RUNS + "log-batch", body, Repeat.ALWAYS);
    }

    @Override
    public void setTag(String runId, Tag tag) {
        longValues.tags(List.of(tag));
        ObjectNode body = KeyValueJson.keyValue(tag.key(), tag.value()).put("run_id", runId);
        post(RUNS + "set-tag", body, Repeat.ALWAYS);
    }

    @Override
    public void deleteTag(String runId, String key) {
        post(RUNS + "delete-tag", ofRun(runId).put("key", key), Repeat.UNTIL_GONE);
    }

    @Override
    public Page<Metric> getMetricHistory(String runId, String key, int maxResults, String pageToken) {
        QueryString query = QueryString.of("run_id", runId)
                .and("metric_key", key)
                .and("max_results", maxResults)
                .and("page_token", pageToken);
        return Json.page(client.get("mlflow/metrics/get-history", query), "metrics", MetricJson::fromJson);
    }

    /** Repeated after any failure: the server keeps a dataset, and its or a model's use by a run, once. */
    @Override
    public void logInputs(String runId, List<DatasetInput> datasets, List<ModelInput> models) {
        ObjectNode body = ofRun(runId);
        Json.putList(body, "datasets", datasets, DatasetJson::toJson);
        if (!models.isEmpty()) {
            Json.putList(body, "models", models, model -> Json.object().put("model_id", model.modelId()));
        }
        post(RUNS + "log-inputs", body, Repeat.ALWAYS);
    }

    @Override
    public void logOutputs(String runId, List<ModelOutput> models) {
        ObjectNode body = ofRun(runId);
        Json.putList(body, "models", models, model -> Json.object()
                .put("model_id", model.modelId())
                .put("step", model.step()));
        post(RUNS + "outputs", body, Repeat.ONLY_IF_NOT_EXECUTED);
    }

    /** Called again with an equal request after a lost answer, does nothing if the first call has done it. */
    @Override
    public void recordModel(String runId, String modelInfoJson) {
        ObjectNode body = ofRun(runId).put("model_json", modelInfoJson);
        Optional<JsonNode> done = Optional.of(body);
        unansweredModels.make(body, () -> isRecorded(runId, modelInfoJson) ? done : Optional.empty(), () -> {
            return post(RUNS + "log-model", body, Repeat.ONLY_IF_NOT_EXECUTED);
        });
    }

    /** A model's uuid is made for the one time that it is saved, so it tells whether that was recorded. */
    private boolean isRecorded(String runId, String modelInfoJson) {
        String history = getRun(runId).data().tags().getOrDefault(MlflowTags.LOGGED_MODELS, "");
        try {
            String uuid = Json.textOr(Json.parse(modelInfoJson.getBytes(StandardCharsets.UTF_8)), "model_uuid", "");
            return !uuid.isEmpty() && history.contains('"' + uuid + '"');
        } catch (IOException e) {
            return false;
        }
    }

    /** The first params go with the request that creates the model, the others follow. */
    @Override
    public LoggedModel createLoggedModel(CreateLoggedModel request) {
        List<Param> params = request.params().entrySet().stream()
                .map(param -> new Param(param.getKey(), param.getValue()))
                .toList();
        int first = Math.min(params.size(), LoggedModelParams.PER_REQUEST);
        ObjectNode body = LoggedModelJson.toJson(request);
        KeyValueJson.putParams(body, params.subList(0, first));
        LoggedModel created = model(post(LOGGED_MODELS, body, Repeat.ONLY_IF_NOT_EXECUTED));
        if (first == params.size()) {
            return created;
        }
        logLoggedModelParams(created.modelId(), params.subList(first, params.size()));
        return getLoggedModel(created.modelId());
    }

    @Override
    public LoggedModel getLoggedModel(String modelId) {
        return model(client.get(ofModel(modelId), new QueryString()));
    }

    @Override
    public LoggedModel finalizeLoggedModel(String modelId, LoggedModelStatus status) {
        ObjectNode body = Json.object().put("model_id", modelId).put("status", status.wireName());
        return model(client.send("PATCH", ofModel(modelId), body, Repeat.ALWAYS));
    }

    @Override
    public Page<LoggedModel> searchLoggedModels(SearchLoggedModels request) {
        JsonNode answer = post(LOGGED_MODELS + "/search", LoggedModelJson.toJson(request), Repeat.ALWAYS);
        return Json.page(answer, "models", LoggedModelJson::fromJson);
    }

    @Override
    public void setLoggedModelTags(String modelId, List<Tag> tags) {
        ObjectNode body = Json.object().put("model_id", modelId);
        KeyValueJson.putTags(body, tags);
        client.send("PATCH", ofModel(modelId) + "/tags", body, Repeat.ALWAYS);
    }

    @Override
    public void deleteLoggedModelTag(String modelId, String key) {
        String path = ofModel(modelId) + "/tags/" + QueryString.encode(key);
        client.send("DELETE", path, Json.object(), Repeat.UNTIL_GONE);
    }

    @Override
    public void logLoggedModelParams(String modelId, List<Param> params) {
        new LoggedModelParams(client, ofModel(modelId) + "/params", modelId, () -> getLoggedModel(modelId)
                        .params())
                .log(params);
    }

    @Override
    public void deleteLoggedModel(String modelId) {
        client.send("DELETE", ofModel(modelId), Json.object().put("model_id", modelId), Repeat.UNTIL_GONE);
    }

    @Override
    public void close() {
        client.close();
    }

    private JsonNode post(String path, ObjectNode body, Repeat repeat) {
        return client.send("POST", path, body, repeat);
    }

    private static void putTexts(ObjectNode body, String field, List<String> texts) {
        Json.putList(body, field, texts, TextNode::valueOf);
    }

    private static ObjectNode ofRun(String runId) {
        return Json.object().put("run_id", runId);
    }

    private static String ofModel(String modelId) {
        return LOGGED_MODELS + "/" + QueryString.encode(modelId);
    }

    private static LoggedModel model(JsonNode answer) {
        return LoggedModelJson.fromJson(Json.required(answer, "model"));
    }
}
