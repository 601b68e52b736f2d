package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.PageTokens;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRegisteredModels;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A model registry in a SQL database. Answers and refuses as MLflow's own SQL store does. */
final class SqlModelRegistry implements ModelRegistry {
    private final SqlDatabase database;
    private final AtomicBoolean closed = new AtomicBoolean();

    SqlModelRegistry(SqlDatabase database) {
        this.database = database;
    }

    @Override
    public String uri() {
        return database.uri();
    }

    @Override
    public RegisteredModel createRegisteredModel(String name, String description, Map<String, String> tags) {
        RegistryValidation.modelName(name);
        tags.forEach(RegistryValidation::tag);
        return database.write(session -> {
            RegisteredModelsTable.insert(session, name, description, tags, System.currentTimeMillis());
            return RegisteredModelsTable.find(session, name).orElseThrow();
        });
    }

    @Override
    public Optional<RegisteredModel> findRegisteredModel(String name) {
        RegistryValidation.modelName(name);
        return database.read(session -> RegisteredModelsTable.find(session, name));
    }

    @Override
    public Page<RegisteredModel> searchRegisteredModels(SearchRegisteredModels request) {
        int limit = request.maxResults();
        RegistryValidation.maxResults(limit, RegistryValidation.MAX_MODELS);
        RegistrySearch search = RegistrySearch.ofModels(database.dialect(), request.filter(), request.orderBy());
        long offset = PageTokens.offset(request.pageToken());
        return database.read(session ->
                PageTokens.page(RegisteredModelsTable.search(session, search, offset, limit + 1), offset, limit));
    }

    @Override
    public RegisteredModel renameRegisteredModel(String name, String newName) {
        if (newName == null || newName.isBlank()) {
            throw Validation.missing("new_name");
        }
        RegistryValidation.modelName(newName);
        RegistryValidation.modelName(name);
        return database.write(session -> {
            RegisteredModelsTable.rename(session, name, newName, System.currentTimeMillis());
            return RegisteredModelsTable.find(session, newName).orElseThrow();
        });
    }

    @Override
    public RegisteredModel updateRegisteredModel(String name, String description) {
        RegistryValidation.modelName(name);
        return database.write(session -> {
            RegisteredModelsTable.describe(session, name, description, System.currentTimeMillis());
            return RegisteredModelsTable.find(session, name).orElseThrow();
        });
    }

    @Override
    public void deleteRegisteredModel(String name) {
        RegistryValidation.modelName(name);
        database.change(session -> RegisteredModelsTable.delete(session, name));
    }

    @Override
    public void setRegisteredModelTag(String name, Tag tag) {
        RegistryValidation.modelName(name);
        RegistryValidation.tag(tag.key(), tag.value());
        database.change(session -> {
            RegisteredModelsTable.require(session, name);
            RegisteredModelsTable.putTag(session, name, tag.key(), tag.value());
        });
    }

    @Override
    public void deleteRegisteredModelTag(String name, String key) {
        RegistryValidation.modelName(name);
        Validation.tagKey(key, "key", Validation.MAX_KEY);
        database.change(session -> {
            RegisteredModelsTable.require(session, name);
            RegisteredModelsTable.deleteTag(session, name, key);
        });
    }

    @Override
    public ModelVersion createModelVersion(CreateModelVersion request) {
        RegistryValidation.modelName(request.name());
        if (request.source() == null || request.source().isBlank()) {
            throw Validation.missing("source");
        }
        request.tags().forEach(RegistryValidation::tag);
        ModelSource source = ModelSource.parse(request.source());
        return database.write(session -> {
            RegisteredModelsTable.lock(session, request.name());
            RegisteredModelsTable.require(session, request.name());
            String location = locate(session, source, request.source());
            String modelId = request.modelId() != null ? request.modelId() : source.modelId();
            Optional<LoggedModel> model =
                    modelId == null ? Optional.empty() : LoggedModelsTable.findForChange(session, modelId);
            String runId = request.runId() != null && !request.runId().isEmpty()
                    ? request.runId()
                    : model.map(LoggedModel::sourceRunId).orElse(null);
            int version = ModelVersionsTable.insert(session, request, runId, location, System.currentTimeMillis());
            if (model.isPresent()) {
                linkVersion(session, model.get(), request.name(), version);
            }
            return ModelVersionsTable.get(session, request.name(), version);
        });
    }

    /** Returns where the files of a source are: a source that names a model stands for that model's files. */
    private static String locate(Session session, ModelSource source, String text) throws SQLException {
        if (source.modelId() != null) {
            return LoggedModelsTable.get(session, source.modelId()).artifactUri();
        }
        if (source.name() == null) {
            return text;
        }
        RegisteredModelsTable.require(session, source.name());
        int version;
        if (source.alias() != null) {
            version = versionOf(session, source.name(), source.alias());
        } else if (source.version() != null) {
            version = source.version();
        } else {
            Optional<ModelVersion> latest = source.stage() == null
                    ? ModelVersionsTable.findLatest(session, source.name())
                    : ModelVersionsTable.findLatestInStage(
                            session, source.name(), RegistryValidation.stage(source.stage()));
            version = latest.orElseThrow(() -> MlflowException.notFound(
                            "The model version source '" + text + "' stands for no version of " + source.name()))
                    .version();
        }
        return ModelVersionsTable.location(session, source.name(), version);
    }

    /** MLflow's web page finds the registered versions of a logged model by this tag. */
    private static void linkVersion(Session session, LoggedModel model, String name, int version) throws SQLException {
        String value = JsonTags.appendModelVersion(model.tags().get(JsonTags.MODEL_VERSIONS), name, version);
        LoggedModelsTable.putTags(session, model.modelId(), List.of(new Tag(JsonTags.MODEL_VERSIONS, value)));
    }

    @Override
    public ModelVersion getModelVersion(String name, int version) {
        RegistryValidation.modelName(name);
        return database.read(session -> ModelVersionsTable.get(session, name, version));
    }

    @Override
    public Optional<ModelVersion> findLatestVersion(String name) {
        RegistryValidation.modelName(name);
        return database.read(session -> {
            RegisteredModelsTable.require(session, name);
            return ModelVersionsTable.findLatest(session, name);
        });
    }

    @Override
    public Optional<ModelVersion> findLatestVersionInStage(String name, String stage) {
        RegistryValidation.modelName(name);
        String stored = RegistryValidation.stage(stage);
        return database.read(session -> {
            RegisteredModelsTable.require(session, name);
            return ModelVersionsTable.findLatestInStage(session, name, stored);
        });
    }

    @Override
    public List<ModelVersion> getLatestVersions(String name, List<String> stages) {
        RegistryValidation.modelName(name);
        List<String> wanted = (stages.isEmpty() ? RegistryValidation.STAGES : stages)
                .stream().map(RegistryValidation::stage).toList();
        return database.read(session -> {
            RegisteredModelsTable.require(session, name);
            return ModelVersionsTable.latestOfEachStage(session, name).stream()
                    .filter(version -> wanted.contains(version.currentStage()))
                    .toList();
        });
    }

    @Override
    public Page<ModelVersion> searchModelVersions(SearchModelVersions request) {
        int limit = request.maxResults();
        RegistryValidation.maxResults(limit, RegistryValidation.MAX_VERSIONS);
        RegistrySearch search = RegistrySearch.ofVersions(database.dialect(), request.filter(), request.orderBy());
        long offset = PageTokens.offset(request.pageToken());
        return database.read(session ->
                PageTokens.page(ModelVersionsTable.search(session, search, offset, limit + 1), offset, limit));
    }

    @Override
    public ModelVersion updateModelVersion(String name, int version, String description) {
        RegistryValidation.modelName(name);
        return database.write(session -> {
            ModelVersionsTable.describe(session, name, version, description, System.currentTimeMillis());
            return ModelVersionsTable.get(session, name, version);
        });
    }

    @Override
    public ModelVersion transitionStage(String name, int version, String stage, boolean archiveExisting) {
        RegistryValidation.modelName(name);
        String stored = RegistryValidation.stage(stage);
        if (archiveExisting && !RegistryValidation.ACTIVE_STAGES.contains(stored)) {
            throw MlflowException.invalidParameter("Model version transition cannot archive existing model versions"
                    + " because '" + stage + "' is not an Active stage. Valid stages are ['Staging', 'Production']");
        }
        long now = System.currentTimeMillis();
        return database.write(session -> {
            ModelVersionsTable.moveToStage(session, name, version, stored, now);
            if (archiveExisting) {
                ModelVersionsTable.archiveOthers(session, name, version, stored, now);
            }
            return ModelVersionsTable.get(session, name, version);
        });
    }

    @Override
    public String getDownloadUri(String name, int version) {
        RegistryValidation.modelName(name);
        return database.read(session -> ModelVersionsTable.location(session, name, version));
    }

    @Override
    public void deleteModelVersion(String name, int version) {
        RegistryValidation.modelName(name);
        database.change(session -> ModelVersionsTable.delete(session, name, version, System.currentTimeMillis()));
    }

    @Override
    public void setModelVersionTag(String name, int version, Tag tag) {
        RegistryValidation.modelName(name);
        RegistryValidation.tag(tag.key(), tag.value());
        database.change(session -> {
            ModelVersionsTable.getForChange(session, name, version);
            ModelVersionsTable.putTag(session, name, version, tag.key(), tag.value());
        });
    }

    @Override
    public void deleteModelVersionTag(String name, int version, String key) {
        RegistryValidation.modelName(name);
        Validation.tagKey(key, "key", Validation.MAX_KEY);
        database.change(session -> {
            ModelVersionsTable.get(session, name, version);
            ModelVersionsTable.deleteTag(session, name, version, key);
        });
    }

    @Override
    public void setAlias(String name, String alias, int version) {
        RegistryValidation.modelName(name);
        RegistryValidation.newAlias(alias);
        database.change(session -> {
            ModelVersionsTable.getForChange(session, name, version);
            RegisteredModelsTable.putAlias(session, name, alias, version);
        });
    }

    @Override
    public void deleteAlias(String name, String alias) {
        RegistryValidation.modelName(name);
        RegistryValidation.alias(alias);
        database.change(session -> {
            RegisteredModelsTable.require(session, name);
            RegisteredModelsTable.deleteAlias(session, name, alias);
        });
    }

    @Override
    public ModelVersion getVersionByAlias(String name, String alias) {
        RegistryValidation.modelName(name);
        RegistryValidation.alias(alias);
        return database.read(session -> {
            RegisteredModelsTable.require(session, name);
            if (alias.equalsIgnoreCase("latest")) {
                return ModelVersionsTable.findLatest(session, name)
                        .orElseThrow(
                                () -> MlflowException.notFound("Latest version not found for model " + name + "."));
            }
            return ModelVersionsTable.get(session, name, versionOf(session, name, alias));
        });
    }

    private static int versionOf(Session session, String name, String alias) throws SQLException {
        Integer version = RegisteredModelsTable.aliases(session, name).get(alias);
        if (version == null) {
            throw MlflowException.invalidParameter("Registered model alias " + alias + " not found.");
        }
        return version;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            database.close();
        }
    }
}
