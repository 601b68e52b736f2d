package io.sparkmlflow.store;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Tag;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Registered models, their versions and aliases, wherever they are kept.
 *
 * <p>The calls and their meaning follow MLflow's REST API 2.0. Every method throws {@link MlflowException} when the
 * registry refuses or cannot be reached.
 */
public interface ModelRegistry extends AutoCloseable {

    /** Returns the URI that this registry was opened with, without credentials: for messages. */
    String uri();

    /** Creates a registered model without versions. Throws {@code RESOURCE_ALREADY_EXISTS} if the name is taken. */
    RegisteredModel createRegisteredModel(String name, String description, Map<String, String> tags);

    /** Returns the registered model of that name, if there is one. */
    Optional<RegisteredModel> findRegisteredModel(String name);

    /** Returns a page of the registered models that a request describes. */
    Page<RegisteredModel> searchRegisteredModels(SearchRegisteredModels request);

    /**
     * Gives a model, and so its versions, another name.
     *
     * @throws MlflowException with {@code RESOURCE_ALREADY_EXISTS} if the new name is taken
     */
    RegisteredModel renameRegisteredModel(String name, String newName);

    /** Changes a model's description; {@code null} removes it. */
    RegisteredModel updateRegisteredModel(String name, String description);

    void deleteRegisteredModel(String name);

    void setRegisteredModelTag(String name, Tag tag);

    /** Removes a tag; a missing one is no error. */
    void deleteRegisteredModelTag(String name, String key);

    /** Creates the next version of a registered model. */
    ModelVersion createModelVersion(CreateModelVersion request);

    /** Returns a version. Throws {@code RESOURCE_DOES_NOT_EXIST} if there is no such model or version. */
    ModelVersion getModelVersion(String name, int version);

    /** Returns the version with the highest number; empty if the model has none. Throws if there is no such model. */
    Optional<ModelVersion> findLatestVersion(String name);

    /** Returns the version with the highest number in a stage; empty if there is none. */
    Optional<ModelVersion> findLatestVersionInStage(String name, String stage);

    /**
     * Returns, for each stage, the version with the highest number, in the order of the numbers.
     *
     * @param stages {@code None}, {@code Staging}, {@code Production}, {@code Archived}, in any case; empty for all of them
     */
    List<ModelVersion> getLatestVersions(String name, List<String> stages);

    /** Returns a page of the versions that a request describes, as MLflow does without their aliases. */
    Page<ModelVersion> searchModelVersions(SearchModelVersions request);

    /** Changes a version's description; {@code null} removes it. */
    ModelVersion updateModelVersion(String name, int version, String description);

    /**
     * Moves a version to a stage.
     *
     * @param archiveExisting whether all other versions in that stage are moved to {@code Archived}; only for {@code Staging}
     *     and {@code Production}
     */
    ModelVersion transitionStage(String name, int version, String stage, boolean archiveExisting);

    /**
     * Makes a version the next version of another model too, which is created if it is not there. The files are not copied.
     *
     * @param destination the other model's name; may be the same
     */
    default ModelVersion copyModelVersion(String name, int version, String destination) {
        ModelVersion source = getModelVersion(name, version);
        try {
            createRegisteredModel(destination, null, Map.of());
        } catch (MlflowException e) {
            if (e.errorCode() != ErrorCode.RESOURCE_ALREADY_EXISTS) {
                throw e;
            }
        }
        return createModelVersion(new CreateModelVersion(
                destination,
                "models:/" + name + "/" + version,
                source.runId(),
                null,
                source.runLink(),
                source.description(),
                source.tags()));
    }

    /** Returns where a version's files are: what {@code model-versions/get-download-uri} answers. */
    String getDownloadUri(String name, int version);

    void deleteModelVersion(String name, int version);

    void setModelVersionTag(String name, int version, Tag tag);

    /** Removes a tag; a missing one is no error. */
    void deleteModelVersionTag(String name, int version, String key);

    /** Points an alias at a version, moving it if it pointed elsewhere. */
    void setAlias(String name, String alias, int version);

    /** Removes an alias; a missing one is no error. */
    void deleteAlias(String name, String alias);

    /** Returns the version that an alias points at. Throws {@code INVALID_PARAMETER_VALUE} if there is no such alias. */
    ModelVersion getVersionByAlias(String name, String alias);

    @Override
    void close();
}
