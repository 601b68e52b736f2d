package io.sparkmlflow;

import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.TrackingStore;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What {@link MlflowClient} does with the logged models of MLflow 3. Metrics of a model are logged to a run, with the model's
 * id. Every method throws {@link MlflowException} when the store refuses.
 */
public sealed interface LoggedModelCalls permits MlflowClient {

    /** Returns the store that is asked. */
    TrackingStore tracking();

    /** Sends what was logged before, see {@link RunCalls#awaitStored()}. */
    void awaitStored();

    /** Creates a logged model in state PENDING. */
    default LoggedModel createLoggedModel(CreateLoggedModel request) {
        return tracking().createLoggedModel(request);
    }

    /** Opens an artifact root, such as a model's {@code artifactUri}. */
    ArtifactStore openArtifacts(String artifactUri);

    /** Creates a logged model in state READY whose files are not in MLflow, and which can have metrics, params and versions. */
    default LoggedModel createExternalModel(CreateLoggedModel request) {
        LoggedModel model = createLoggedModel(ExternalModel.tagged(request));
        byte[] file = ExternalModel.file(model).toYaml().getBytes(StandardCharsets.UTF_8);
        try (ArtifactStore artifacts = openArtifacts(model.artifactUri())) {
            artifacts.upload(new ByteArrayInputStream(file), MlModel.FILE_NAME);
        }
        return finalizeLoggedModel(model.modelId(), LoggedModelStatus.READY);
    }

    /** Returns a model with its metrics. Throws {@code RESOURCE_DOES_NOT_EXIST} if there is none of that id. */
    default LoggedModel getLoggedModel(String modelId) {
        awaitStored();
        return tracking().getLoggedModel(modelId);
    }

    /** Moves a model to READY or UPLOAD_FAILED. */
    default LoggedModel finalizeLoggedModel(String modelId, LoggedModelStatus status) {
        return tracking().finalizeLoggedModel(modelId, status);
    }

    /** Returns a page of the logged models that a request describes. */
    default Page<LoggedModel> searchLoggedModels(SearchLoggedModels request) {
        awaitStored();
        return tracking().searchLoggedModels(request);
    }

    /** Returns all logged models that a request describes, lazily, page after page. */
    default Stream<LoggedModel> searchAllLoggedModels(SearchLoggedModels request) {
        return Paging.all(token -> searchLoggedModels(request.withPageToken(token)));
    }

    /**
     * Logs params of a model; the same value again is no error.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if a param of another value was logged before
     */
    default void logModelParams(String modelId, Map<String, String> params) {
        tracking()
                .logLoggedModelParams(
                        modelId,
                        params.entrySet().stream()
                                .map(param -> new Param(param.getKey(), param.getValue()))
                                .toList());
    }

    /** Sets tags, replacing those of the same keys. */
    default void setLoggedModelTags(String modelId, Map<String, String> tags) {
        List<Tag> list = tags.entrySet().stream()
                .map(tag -> new Tag(tag.getKey(), tag.getValue()))
                .toList();
        tracking().setLoggedModelTags(modelId, list);
    }

    /** Removes a tag. Throws {@code RESOURCE_DOES_NOT_EXIST} if the model has no such tag. */
    default void deleteLoggedModelTag(String modelId, String key) {
        tracking().deleteLoggedModelTag(modelId, key);
    }

    /** Marks a model as deleted: it is found no more. */
    default void deleteLoggedModel(String modelId) {
        tracking().deleteLoggedModel(modelId);
    }
}
