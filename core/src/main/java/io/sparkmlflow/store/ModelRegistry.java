package io.sparkmlflow.store;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.Tag;
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

    /** Returns a page of registered models in the order of their names. */
    Page<RegisteredModel> listRegisteredModels(int maxResults, String pageToken);

    void deleteRegisteredModel(String name);

    void setRegisteredModelTag(String name, Tag tag);

    /** Creates the next version of a registered model. */
    ModelVersion createModelVersion(CreateModelVersion request);

    /** Returns a version. Throws {@code RESOURCE_DOES_NOT_EXIST} if there is no such model or version. */
    ModelVersion getModelVersion(String name, int version);

    /** Returns the version with the highest number; empty if the model has none. Throws if there is no such model. */
    Optional<ModelVersion> findLatestVersion(String name);

    /** Returns the version with the highest number in a stage; empty if there is none. */
    Optional<ModelVersion> findLatestVersionInStage(String name, String stage);

    /** Returns where a version's files are: what {@code model-versions/get-download-uri} answers. */
    String getDownloadUri(String name, int version);

    void deleteModelVersion(String name, int version);

    void setModelVersionTag(String name, int version, Tag tag);

    /** Points an alias at a version, moving it if it pointed elsewhere. */
    void setAlias(String name, String alias, int version);

    /** Removes an alias; a missing one is no error. */
    void deleteAlias(String name, String alias);

    /** Returns the version that an alias points at. Throws {@code INVALID_PARAMETER_VALUE} if there is no such alias. */
    ModelVersion getVersionByAlias(String name, String alias);

    @Override
    void close();
}
