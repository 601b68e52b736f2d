package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRegisteredModels;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The model registry behind the REST API of an MLflow server. */
public final class RestModelRegistry implements ModelRegistry {
    private static final String MODELS = "mlflow/registered-models/";
    private static final String VERSIONS = "mlflow/model-versions/";

    private final RestClient client;
    private final Unanswered<CreateModelVersion> unanswered = new Unanswered<>();
    private final Unanswered<List<Object>> unansweredModels = new Unanswered<>();

    RestModelRegistry(RestClient client) {
        this.client = client;
    }

    /**
     * Opens the registry; the server is asked with the first call.
     *
     * @param uri {@code http://} or {@code https://}, a host, and the server's path prefix if it has one
     */
    public static RestModelRegistry open(String uri, MlflowConfig config) {
        return new RestModelRegistry(RestClient.open(uri, config));
    }

    @Override
    public String uri() {
        return client.uri();
    }

    /** Called again with an equal request after a lost answer, returns the model that the first call has made, if it has. */
    @Override
    public RegisteredModel createRegisteredModel(String name, String description, Map<String, String> tags) {
        ObjectNode body = ofModel(name);
        Json.putIfPresent(body, "description", description);
        KeyValueJson.put(body, "tags", tags);
        return unansweredModels.make(
                Arrays.asList(name, description, Map.copyOf(tags)),
                () -> findRegisteredModel(name)
                        .filter(model -> Objects.equals(emptyIsNull(description), model.description()))
                        .filter(model -> model.tags().equals(tags)),
                () -> model(client.send("POST", MODELS + "create", body, Repeat.ONLY_IF_NOT_EXECUTED)));
    }

    private static String emptyIsNull(String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    @Override
    public Optional<RegisteredModel> findRegisteredModel(String name) {
        try {
            return Optional.of(getRegisteredModel(name));
        } catch (MlflowException e) {
            if (e.errorCode() == ErrorCode.RESOURCE_DOES_NOT_EXIST) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public Page<RegisteredModel> searchRegisteredModels(SearchRegisteredModels request) {
        QueryString query = search(request.filter(), request.orderBy(), request.maxResults(), request.pageToken());
        return Json.page(client.get(MODELS + "search", query), "registered_models", RegisteredModelJson::fromJson);
    }

    private static QueryString search(String filter, List<String> orderBy, int maxResults, String pageToken) {
        QueryString query =
                QueryString.of("filter", filter).and("max_results", maxResults).and("page_token", pageToken);
        orderBy.forEach(clause -> query.and("order_by", clause));
        return query;
    }

    @Override
    public RegisteredModel renameRegisteredModel(String name, String newName) {
        ObjectNode body = ofModel(name).put("new_name", newName);
        return model(client.send("POST", MODELS + "rename", body, Repeat.ONLY_IF_NOT_EXECUTED));
    }

    @Override
    public RegisteredModel updateRegisteredModel(String name, String description) {
        ObjectNode body = ofModel(name);
        Json.putIfPresent(body, "description", description);
        return model(client.send("PATCH", MODELS + "update", body, Repeat.ALWAYS));
    }

    @Override
    public void deleteRegisteredModel(String name) {
        client.send("DELETE", MODELS + "delete", ofModel(name), Repeat.UNTIL_GONE);
    }

    @Override
    public void setRegisteredModelTag(String name, Tag tag) {
        ObjectNode body = KeyValueJson.keyValue(tag.key(), tag.value()).put("name", name);
        client.send("POST", MODELS + "set-tag", body, Repeat.ALWAYS);
    }

    @Override
    public void deleteRegisteredModelTag(String name, String key) {
        client.send("DELETE", MODELS + "delete-tag", ofModel(name).put("key", key), Repeat.ALWAYS);
    }

    /** Called again with an equal request after a lost answer, returns the version that the first call has made, if it has. */
    @Override
    public ModelVersion createModelVersion(CreateModelVersion request) {
        ObjectNode body = ModelVersionJson.toJson(request);
        return unanswered.make(
                request,
                since -> findVersion(request, since),
                () -> version(client.send("POST", VERSIONS + "create", body, Repeat.ONLY_IF_NOT_EXECUTED)));
    }

    /** Returns the newest version that was made from what a request names, not before a time. */
    private Optional<ModelVersion> findVersion(CreateModelVersion request, long since) {
        String name = "name = '" + request.name().replace("'", "''") + "'";
        SearchModelVersions search = SearchModelVersions.all()
                .withFilter(name)
                .withOrderBy("version_number DESC")
                .withMaxResults(100);
        return searchModelVersions(search).items().stream()
                .filter(version -> version.creationTimestamp() >= since)
                .filter(version -> request.source().equals(version.source())
                        && Objects.equals(request.runId(), version.runId())
                        && Objects.equals(request.description(), version.description())
                        && request.tags().equals(version.tags()))
                .findFirst();
    }

    @Override
    public ModelVersion getModelVersion(String name, int version) {
        return version(client.get(VERSIONS + "get", queryOf(name, version)));
    }

    /** The version with the highest number is the latest of its stage, and a model shows the latest of each stage. */
    @Override
    public Optional<ModelVersion> findLatestVersion(String name) {
        return getRegisteredModel(name).latestVersions().stream().max(Comparator.comparingInt(ModelVersion::version));
    }

    @Override
    public Optional<ModelVersion> findLatestVersionInStage(String name, String stage) {
        return getLatestVersions(name, List.of(stage)).stream().max(Comparator.comparingInt(ModelVersion::version));
    }

    @Override
    public List<ModelVersion> getLatestVersions(String name, List<String> stages) {
        ObjectNode body = ofModel(name);
        Json.putList(body, "stages", stages, TextNode::valueOf);
        JsonNode answer = client.send("POST", MODELS + "get-latest-versions", body, Repeat.ALWAYS);
        List<ModelVersion> versions = Json.list(answer, "model_versions", ModelVersionJson::fromJson);
        return versions.stream()
                .sorted(Comparator.comparingInt(ModelVersion::version))
                .toList();
    }

    @Override
    public Page<ModelVersion> searchModelVersions(SearchModelVersions request) {
        QueryString query = search(request.filter(), request.orderBy(), request.maxResults(), request.pageToken());
        return Json.page(client.get(VERSIONS + "search", query), "model_versions", ModelVersionJson::fromJson);
    }

    @Override
    public ModelVersion updateModelVersion(String name, int version, String description) {
        ObjectNode body = ofVersion(name, version);
        Json.putIfPresent(body, "description", description);
        return version(client.send("PATCH", VERSIONS + "update", body, Repeat.ALWAYS));
    }

    @Override
    public ModelVersion transitionStage(String name, int version, String stage, boolean archiveExisting) {
        ObjectNode body =
                ofVersion(name, version).put("stage", stage).put("archive_existing_versions", archiveExisting);
        return version(client.send("POST", VERSIONS + "transition-stage", body, Repeat.ALWAYS));
    }

    @Override
    public String getDownloadUri(String name, int version) {
        return Json.text(client.get(VERSIONS + "get-download-uri", queryOf(name, version)), "artifact_uri");
    }

    @Override
    public void deleteModelVersion(String name, int version) {
        client.send("DELETE", VERSIONS + "delete", ofVersion(name, version), Repeat.UNTIL_GONE);
    }

    @Override
    public void setModelVersionTag(String name, int version, Tag tag) {
        ObjectNode body = ofVersion(name, version).put("key", tag.key()).put("value", tag.value());
        client.send("POST", VERSIONS + "set-tag", body, Repeat.ALWAYS);
    }

    @Override
    public void deleteModelVersionTag(String name, int version, String key) {
        client.send("DELETE", VERSIONS + "delete-tag", ofVersion(name, version).put("key", key), Repeat.ALWAYS);
    }

    @Override
    public void setAlias(String name, String alias, int version) {
        client.send("POST", MODELS + "alias", ofVersion(name, version).put("alias", alias), Repeat.ALWAYS);
    }

    @Override
    public void deleteAlias(String name, String alias) {
        client.send("DELETE", MODELS + "alias", ofModel(name).put("alias", alias), Repeat.ALWAYS);
    }

    @Override
    public ModelVersion getVersionByAlias(String name, String alias) {
        return version(client.get(MODELS + "alias", QueryString.of("name", name).and("alias", alias)));
    }

    @Override
    public void close() {
        client.close();
    }

    private RegisteredModel getRegisteredModel(String name) {
        return model(client.get(MODELS + "get", QueryString.of("name", name)));
    }

    private static ObjectNode ofModel(String name) {
        return Json.object().put("name", name);
    }

    private static ObjectNode ofVersion(String name, int version) {
        return ofModel(name).put("version", Integer.toString(version));
    }

    private static QueryString queryOf(String name, int version) {
        return QueryString.of("name", name).and("version", version);
    }

    private static RegisteredModel model(JsonNode answer) {
        return RegisteredModelJson.fromJson(Json.required(answer, "registered_model"));
    }

    private static ModelVersion version(JsonNode answer) {
        return ModelVersionJson.fromJson(Json.required(answer, "model_version"));
    }
}
