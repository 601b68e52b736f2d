package io.sparkmlflow.udf;

import java.io.IOException;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;

/**
 * The one place where a model and the arguments of a call become an expression; SQL functions, columns and the scorer of
 * single rows are thin users of it. Safe for use by several threads.
 */
final class ModelExpressions {
    private final ModelCache cache;

    ModelExpressions(ModelSource source) {
        this.cache = new ModelCache(source);
    }

    /**
     * Makes the expression of a model's prediction: its column {@code prediction}, or its only output.
     *
     * @param arguments one struct, bound by the names of its fields, or columns in the order of the model's signature
     * @param label the expression's text, which becomes the column's default name
     * @throws ModelExpressionException if the model can't be loaded, doesn't take these arguments, isn't a function of one
     *     row, or has several outputs of which none is its prediction
     */
    Expression prediction(SparkSession spark, String uri, List<Expression> arguments, String label) {
        ModelCache.Entry entry = entry(spark, uri);
        InputBinding inputs = InputBinding.of(entry.model(), arguments);
        FoldedModel folded = folded(spark, entry, inputs);
        if (folded.answer() == null || !folded.outputs().containsKey(folded.answer())) {
            throw new ModelExpressionException("The model " + uri + " has no single prediction, its outputs are "
                    + folded.outputs().keySet() + "; ask for all of them with mlflow_predict_struct");
        }
        return new ModelOutput(folded.prediction(inputs.values()), label);
    }

    /**
     * Makes the expression of a struct of all columns that a model adds, null for a row that its {@code transform} would
     * drop. Arguments and failures are as for {@link #prediction}.
     */
    Expression struct(SparkSession spark, String uri, List<Expression> arguments, String label) {
        ModelCache.Entry entry = entry(spark, uri);
        InputBinding inputs = InputBinding.of(entry.model(), arguments);
        return new ModelOutput(folded(spark, entry, inputs).struct(inputs.values()), label);
    }

    private static FoldedModel folded(SparkSession spark, ModelCache.Entry entry, InputBinding inputs) {
        return entry.folded(spark, inputs.schema(), () -> PipelineFolder.fold(spark, entry.model(), inputs.schema()));
    }

    private ModelCache.Entry entry(SparkSession spark, String uri) {
        try {
            return cache.get(spark, uri);
        } catch (IOException | RuntimeException e) {
            throw new ModelExpressionException(
                    "The model " + uri + " can't be loaded: " + PipelineFolder.firstLine(e), e);
        }
    }
}
