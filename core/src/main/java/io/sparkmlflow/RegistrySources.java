package io.sparkmlflow;

import io.sparkmlflow.artifacts.ModelUri;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.TrackingStore;
import java.util.Map;

/** What the registry is told about the model that a URI names. */
final class RegistrySources {
    private RegistrySources() {}

    /** Describes a version of {@code name} that is made from a model. */
    static CreateModelVersion of(ModelUri uri, String name, TrackingStore tracking, ModelRegistry registry) {
        return switch (uri.kind()) {
            case RUN -> ofRun(uri, name, tracking, registry);
            case LOGGED_MODEL -> ofModel(tracking.getLoggedModel(uri.name()), name);
            default -> request(name, uri.uri(), null, null);
        };
    }

    private static CreateModelVersion ofRun(ModelUri uri, String name, TrackingStore tracking, ModelRegistry registry) {
        return uri.findLoggedModel(tracking)
                .map(model -> request(name, "models:/" + model.modelId(), uri.name(), model.modelId()))
                .orElseGet(() -> request(name, uri.resolve(tracking, registry), uri.name(), null));
    }

    private static CreateModelVersion ofModel(LoggedModel model, String name) {
        return request(name, "models:/" + model.modelId(), model.sourceRunId(), model.modelId());
    }

    private static CreateModelVersion request(String name, String source, String runId, String modelId) {
        return new CreateModelVersion(name, source, runId, modelId, null, null, Map.of());
    }

    /** Returns the version that a URI names. */
    static ModelVersion version(ModelUri uri, ModelRegistry registry) {
        return switch (uri.kind()) {
            case VERSION -> registry.getModelVersion(uri.name(), Integer.parseInt(uri.reference()));
            case ALIAS -> registry.getVersionByAlias(uri.name(), uri.reference());
            case LATEST -> registry.findLatestVersion(uri.name()).orElseThrow(() -> none(uri));
            case STAGE ->
                registry.findLatestVersionInStage(uri.name(), uri.reference()).orElseThrow(() -> none(uri));
            default ->
                throw MlflowException.invalidParameter("'" + uri.uri() + "' names no version of a registered model:"
                        + " expected models:/name/version or models:/name@alias");
        };
    }

    private static MlflowException none(ModelUri uri) {
        return MlflowException.notFound("There is no version '" + uri.uri() + "'");
    }
}
