package io.sparkmlflow;

import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ScalarType;
import io.sparkmlflow.store.CreateLoggedModel;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A logged model whose files are not in MLflow: an application, or a model behind somebody else's API. */
final class ExternalModel {
    private static final DateTimeFormatter PYTHON_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");

    private ExternalModel() {}

    /** Returns a request with the tag that tells. */
    static CreateLoggedModel tagged(CreateLoggedModel request) {
        Map<String, String> tags = new HashMap<>(request.tags());
        tags.put(MlflowTags.EXTERNAL_MODEL, "true");
        return new CreateLoggedModel(
                request.experimentId(),
                request.name(),
                request.modelType(),
                request.sourceRunId(),
                request.params(),
                tags);
    }

    /** Returns the one file that such a model has. Without a signature some registries would refuse the model. */
    static MlModel file(LoggedModel model) {
        List<ColumnSpec> anything = List.of(new ColumnSpec(null, ScalarType.BOOLEAN, true));
        return new MlModel()
                .set("artifact_path", model.artifactUri())
                .set("flavors", Map.of())
                .set("metadata", Map.of(MlflowTags.EXTERNAL_MODEL, true))
                .set("model_id", model.modelId())
                .set("model_uuid", model.modelId())
                .set("run_id", model.sourceRunId())
                .setSignature(new ModelSignature(anything, anything, List.of()))
                .set("utc_time_created", PYTHON_TIME.format(LocalDateTime.now(ZoneOffset.UTC)));
    }
}
