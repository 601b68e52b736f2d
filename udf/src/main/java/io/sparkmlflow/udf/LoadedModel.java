package io.sparkmlflow.udf;

import java.util.List;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.types.StructType;

/**
 * A model as its source gave it.
 *
 * @param model the fitted pipeline
 * @param uri what messages call the model
 * @param signatureInputs the names of the model's input columns in their order, as its signature has them; empty when the
 *     model has no signature
 * @param inputTypes the same columns with their types; null when the model has no signature, or one with types that are
 *     none of Spark's
 */
public record LoadedModel(PipelineModel model, String uri, List<String> signatureInputs, StructType inputTypes) {
    public LoadedModel {
        signatureInputs = List.copyOf(signatureInputs);
    }

    /** Makes a model whose inputs have names, but no known types. */
    public LoadedModel(PipelineModel model, String uri, List<String> signatureInputs) {
        this(model, uri, signatureInputs, null);
    }

    /** Returns the same model under the name that the user gave it. */
    LoadedModel calledBy(String userUri) {
        return new LoadedModel(model, userUri, signatureInputs, inputTypes);
    }
}
