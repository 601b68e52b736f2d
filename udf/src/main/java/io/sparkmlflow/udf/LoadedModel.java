package io.sparkmlflow.udf;

import java.util.List;
import java.util.Map;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * A model as its source gave it.
 *
 * @param model the fitted pipeline; null if something else runs the model
 * @param uri what messages call the model
 * @param signatureInputs the names of the model's input columns in their order, as its signature has them; empty when the
 *     model has no signature, or one without names
 * @param inputTypes the same columns with their types; null when the model has no signature, or one with types that are
 *     none of Spark's
 * @param runtime what runs a model that is no pipeline of MLlib; null for one that is
 */
public record LoadedModel(
        PipelineModel model, String uri, List<String> signatureInputs, StructType inputTypes, ModelRuntime runtime) {
    public LoadedModel {
        signatureInputs = List.copyOf(signatureInputs);
    }

    /** Makes a model of MLlib. */
    public LoadedModel(PipelineModel model, String uri, List<String> signatureInputs, StructType inputTypes) {
        this(model, uri, signatureInputs, inputTypes, null);
    }

    /** Makes a model of MLlib whose inputs have names, but no known types. */
    public LoadedModel(PipelineModel model, String uri, List<String> signatureInputs) {
        this(model, uri, signatureInputs, null);
    }

    /**
     * Binds the model to the columns of a call.
     *
     * @param params what the call sets, already checked
     * @param fused whether a pipeline becomes one program
     * @param fast whether stages have their faster forms
     * @throws ModelExpressionException if the model doesn't take the columns, or is no function of one row
     */
    ModelFunction function(
            SparkSession spark, StructType given, Map<String, Object> params, boolean fused, boolean fast) {
        if (runtime != null) {
            return runtime.function(spark, uri, given, params);
        }
        FoldedModel all = PipelineFolder.fold(spark, this, given);
        FoldedModel folded = fast ? all : all.withoutFastForms();
        return fused ? new FusedModel(spark, folded, model) : folded;
    }

    /** Returns how many bytes the driver holds for the tasks that call the model, besides those of its functions. */
    long bytes() {
        return runtime == null ? 0 : runtime.bytes();
    }

    /** Frees what it holds on the executors. It still works afterwards. */
    void release() {
        if (runtime != null) {
            runtime.release();
        }
    }

    /** Returns the same model under the name that the user gave it. */
    LoadedModel calledBy(String userUri) {
        return new LoadedModel(model, userUri, signatureInputs, inputTypes, runtime);
    }
}
