package io.sparkmlflow.udf;

import java.util.List;
import org.apache.spark.ml.PipelineModel;

/**
 * A model as its source gave it.
 *
 * @param model the fitted pipeline
 * @param uri what messages call the model
 * @param signatureInputs the names of the model's input columns in their order, as its signature has them; empty when the
 *     model has no signature
 */
public record LoadedModel(PipelineModel model, String uri, List<String> signatureInputs) {
    public LoadedModel {
        signatureInputs = List.copyOf(signatureInputs);
    }

    /** Returns the same model under the name that the user gave it. */
    LoadedModel calledBy(String userUri) {
        return new LoadedModel(model, userUri, signatureInputs);
    }
}
