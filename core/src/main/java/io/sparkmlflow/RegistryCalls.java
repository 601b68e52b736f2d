package io.sparkmlflow;

import io.sparkmlflow.artifacts.ModelUri;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRegisteredModels;
import io.sparkmlflow.store.TrackingStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What {@link MlflowClient} does with registered models, their versions and aliases. Every method throws {@link
 * MlflowException} when the registry refuses.
 */
public sealed interface RegistryCalls permits MlflowClient {

    /** Returns the stages that a version may be in, which MLflow advises against: aliases do the same. */
    List<String> STAGES = List.of("None", "Staging", "Production", "Archived");

    /** Returns the registry that is asked. */
    ModelRegistry registry();

    /** Returns the store in which {@code runs:/} and {@code models:/m-} are found. */
    TrackingStore tracking();

    // ---- models ----

    /** Creates a registered model without versions. */
    default RegisteredModel createRegisteredModel(String name) {
        return createRegisteredModel(name, null, Map.of());
    }

    /**
     * Creates a registered model without versions.
     *
     * @param description may be {@code null}
     * @throws MlflowException with {@code RESOURCE_ALREADY_EXISTS} if the name is taken
     */
    default RegisteredModel createRegisteredModel(String name, String description, Map<String, String> tags) {
        return registry().createRegisteredModel(name, description, tags);
    }

    /** Creates a registered model unless it is there already. */
    default void ensureRegisteredModel(String name) {
        if (registry().findRegisteredModel(name).isPresent()) {
            return;
        }
        try {
            registry().createRegisteredModel(name, null, Map.of());
        } catch (MlflowException e) {
            // Somebody else created it in between.
            if (e.errorCode() != ErrorCode.RESOURCE_ALREADY_EXISTS) {
                throw e;
            }
        }
    }

    /** Returns a registered model. Throws {@code RESOURCE_DOES_NOT_EXIST} if there is none of that name. */
    default RegisteredModel getRegisteredModel(String name) {
        return registry()
                .findRegisteredModel(name)
                .orElseThrow(() -> MlflowException.notFound("Registered Model with name=" + name + " not found"));
    }

    /** Returns a page of the registered models that a request describes. */
    default Page<RegisteredModel> searchRegisteredModels(SearchRegisteredModels request) {
        return registry().searchRegisteredModels(request);
    }

    /** Returns all registered models that a request describes, lazily, page after page. */
    default Stream<RegisteredModel> searchAllRegisteredModels(SearchRegisteredModels request) {
        return Paging.all(token -> searchRegisteredModels(request.withPageToken(token)));
    }

    /** Gives a model, and so its versions, another name. Throws {@code RESOURCE_ALREADY_EXISTS} if that is taken. */
    default RegisteredModel renameRegisteredModel(String name, String newName) {
        return registry().renameRegisteredModel(name, newName);
    }

    /** Changes a model's description; {@code null} removes it. */
    default RegisteredModel updateRegisteredModel(String name, String description) {
        return registry().updateRegisteredModel(name, description);
    }

    /** Deletes a model with all its versions. */
    default void deleteRegisteredModel(String name) {
        registry().deleteRegisteredModel(name);
    }

    /** Sets a tag, replacing one of the same key. */
    default void setRegisteredModelTag(String name, String key, String value) {
        registry().setRegisteredModelTag(name, new Tag(key, value));
    }

    /** Removes a tag; a missing one is no error. */
    default void deleteRegisteredModelTag(String name, String key) {
        registry().deleteRegisteredModelTag(name, key);
    }

    // ---- versions ----

    /** Creates the next version of a registered model and waits, up to five minutes, until it is ready. */
    default ModelVersion createModelVersion(CreateModelVersion request) {
        return createModelVersion(request, VersionCreation.DEFAULT_WAIT);
    }

    /**
     * Creates the next version of a registered model and waits until it is ready. Most registries have it ready at once.
     *
     * @param awaitCreation how long to wait; zero to return at once
     * @throws MlflowException if the registry cannot make it ready, or not in that time; the version is there all the same
     */
    default ModelVersion createModelVersion(CreateModelVersion request, Duration awaitCreation) {
        return VersionCreation.await(registry().createModelVersion(request), registry(), awaitCreation);
    }

    /**
     * Creates the next version of a registered model.
     *
     * @param source where the model's files are
     * @param runId the run that made it, or {@code null}
     */
    default ModelVersion createModelVersion(String name, String source, String runId) {
        return createModelVersion(new CreateModelVersion(name, source, runId, null, null, null, Map.of()));
    }

    /**
     * Makes a model the next version of a registered model, which is created if it is not there: {@code
     * mlflow.register_model}. Of {@code runs:/} and {@code models:/m-} the run and the logged model are noted.
     *
     * @param modelUri any of the forms of {@link ModelUri}
     */
    default ModelVersion registerModel(String modelUri, String name) {
        return registerModel(modelUri, name, Map.of(), VersionCreation.DEFAULT_WAIT);
    }

    /**
     * Does the same with tags of the version.
     *
     * @param awaitRegistration see {@link #createModelVersion(CreateModelVersion, Duration)}
     */
    default ModelVersion registerModel(
            String modelUri, String name, Map<String, String> tags, Duration awaitRegistration) {
        ModelUri uri = ModelUri.parse(modelUri);
        CreateModelVersion found = RegistrySources.of(uri, name, tracking(), registry());
        CreateModelVersion request = new CreateModelVersion(
                name, found.source(), found.runId(), found.modelId(), found.runLink(), found.description(), tags);
        ensureRegisteredModel(name);
        return createModelVersion(request, awaitRegistration);
    }

    /**
     * Makes a version the next version of another model too, which is created if it is not there. The files are not copied.
     *
     * @param sourceModelUri {@code models:/name/version} or {@code models:/name@alias}
     * @param destination the other model's name; may be the same
     */
    default ModelVersion copyModelVersion(String sourceModelUri, String destination) {
        ModelVersion source = RegistrySources.version(ModelUri.parse(sourceModelUri), registry());
        return registry().copyModelVersion(source.name(), source.version(), destination);
    }

    /** Returns a version. Throws {@code RESOURCE_DOES_NOT_EXIST} if there is no such model or version. */
    default ModelVersion getModelVersion(String name, int version) {
        return registry().getModelVersion(name, version);
    }

    /** Returns for each stage the version with the highest number, in the order of the numbers. */
    default List<ModelVersion> getLatestVersions(String name) {
        return registry().getLatestVersions(name, List.of());
    }

    /** Returns the same for some stages, see {@link #STAGES}. */
    default List<ModelVersion> getLatestVersions(String name, List<String> stages) {
        return registry().getLatestVersions(name, stages);
    }

    /** Returns a page of the versions that a request describes, as MLflow does without their aliases. */
    default Page<ModelVersion> searchModelVersions(SearchModelVersions request) {
        return registry().searchModelVersions(request);
    }

    /** Returns all versions that a request describes, lazily, page after page; see {@link #searchModelVersions}. */
    default Stream<ModelVersion> searchAllModelVersions(SearchModelVersions request) {
        return Paging.all(token -> searchModelVersions(request.withPageToken(token)));
    }

    /** Changes a version's description; {@code null} removes it. */
    default ModelVersion updateModelVersion(String name, int version, String description) {
        return registry().updateModelVersion(name, version, description);
    }

    /**
     * Moves a version to a stage, see {@link #STAGES}.
     *
     * @param archiveExisting whether all other versions in that stage are moved to {@code Archived}
     */
    default ModelVersion transitionModelVersionStage(String name, int version, String stage, boolean archiveExisting) {
        return registry().transitionStage(name, version, stage, archiveExisting);
    }

    /** Returns {@link #STAGES}. Throws {@code RESOURCE_DOES_NOT_EXIST} if there is no such version. */
    default List<String> getModelVersionStages(String name, int version) {
        getModelVersion(name, version);
        return STAGES;
    }

    /** Returns where a version's files are. */
    default String getModelVersionDownloadUri(String name, int version) {
        return registry().getDownloadUri(name, version);
    }

    /** Deletes a version and takes its aliases away. Its number is not given again. */
    default void deleteModelVersion(String name, int version) {
        registry().deleteModelVersion(name, version);
    }

    /** Sets a tag, replacing one of the same key. */
    default void setModelVersionTag(String name, int version, String key, String value) {
        registry().setModelVersionTag(name, version, new Tag(key, value));
    }

    /** Removes a tag; a missing one is no error. */
    default void deleteModelVersionTag(String name, int version, String key) {
        registry().deleteModelVersionTag(name, version, key);
    }

    /** Sets a tag of the latest version in a stage, see {@link #STAGES}. */
    default void setModelVersionTag(String name, String stage, String key, String value) {
        setModelVersionTag(name, latestInStage(name, stage).version(), key, value);
    }

    /** Removes a tag of the latest version in a stage; a missing tag is no error. */
    default void deleteModelVersionTag(String name, String stage, String key) {
        deleteModelVersionTag(name, latestInStage(name, stage).version(), key);
    }

    private ModelVersion latestInStage(String name, String stage) {
        return registry()
                .findLatestVersionInStage(name, stage)
                .orElseThrow(() -> MlflowException.notFound(
                        "The model '" + name + "' has no version in the stage '" + stage + "'"));
    }

    // ---- aliases ----

    /** Points an alias at a version, moving it if it pointed elsewhere. */
    default void setRegisteredModelAlias(String name, String alias, int version) {
        registry().setAlias(name, alias, version);
    }

    /** Removes an alias; a missing one is no error. */
    default void deleteRegisteredModelAlias(String name, String alias) {
        registry().deleteAlias(name, alias);
    }

    /** Returns the version that an alias points at. Throws {@code INVALID_PARAMETER_VALUE} if there is no such alias. */
    default ModelVersion getModelVersionByAlias(String name, String alias) {
        return registry().getVersionByAlias(name, alias);
    }
}
