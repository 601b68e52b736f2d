package io.sparkmlflow.udf;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

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
     * @param arguments one struct, bound by the names of its fields, or columns in the order of the model's signature; then
     *     params, if any, in a literal map or struct
     * @param label the expression's text, which becomes the column's default name
     * @throws ModelExpressionException if the model can't be loaded, doesn't take these arguments, isn't a function of one
     *     row, or has several outputs of which none is its prediction
     */
    Expression prediction(SparkSession spark, String uri, List<Expression> arguments, String label) {
        Bound bound = bind(spark, uri, arguments);
        ModelFunction function = bound.function();
        if (function.answer() == null || !function.outputNames().contains(function.answer())) {
            throw new ModelExpressionException("The model " + uri + " has no single prediction, its outputs are "
                    + function.outputNames() + "; ask for all of them with mlflow_predict_struct");
        }
        return output(spark, bound, function.prediction(bound.arguments()), label);
    }

    /**
     * Makes the expression of a struct of all columns that a model adds, null for a row that its {@code transform} would
     * drop. Arguments and failures are as for {@link #prediction}.
     */
    Expression struct(SparkSession spark, String uri, List<Expression> arguments, String label) {
        Bound bound = bind(spark, uri, arguments);
        return output(spark, bound, bound.function().struct(bound.arguments()), label);
    }

    /** The model is compiled by now, so its size is known. */
    private Expression output(SparkSession spark, Bound bound, Expression expression, String label) {
        cache.trim(spark, bound.entry());
        return new ModelOutput(expression, label);
    }

    /**
     * Loads a model if it is not there yet.
     *
     * @param params what will be set in calls
     * @return those of them that the model takes
     * @throws ModelExpressionException if the model can't be loaded, or doesn't take the params
     */
    Map<String, Object> load(SparkSession spark, String uri, Map<String, ?> params) {
        return ModelParams.check(entry(spark, uri).model().calledBy(uri), params);
    }

    /**
     * Returns a model over columns.
     *
     * @return the model; null if it is no function of one row
     * @throws ModelExpressionException if the model can't be loaded or doesn't take the columns
     */
    ModelFunction functionOfRows(SparkSession spark, String uri, StructType schema) {
        StructType nullable = new StructType();
        for (StructField field : schema.fields()) {
            nullable = nullable.add(new StructField(field.name(), field.dataType(), true, field.metadata()));
        }
        StructType given = nullable;
        ModelCache.Entry entry = entry(spark, uri);
        LoadedModel model = entry.model().calledBy(uri);
        try {
            return entry.function(spark, model, given, Map.of());
        } catch (ModelExpressionException e) {
            if (e.getCause() instanceof PlanFolder.NotRowWise) {
                return null;
            }
            throw e;
        }
    }

    /** Transforms a frame with the stages' own {@code transform}. */
    Dataset<Row> transform(Dataset<Row> frame, String uri) {
        return PipelineFolder.transform(entry(frame.sparkSession(), uri).model().calledBy(uri), frame);
    }

    private record Bound(ModelCache.Entry entry, ModelFunction function, List<Expression> arguments) {}

    private Bound bind(SparkSession spark, String uri, List<Expression> arguments) {
        ModelCache.Entry entry = entry(spark, uri);
        LoadedModel model = entry.model().calledBy(uri);
        if (model.runtime() != null) {
            model.runtime().prepare(spark);
        }
        CallArguments call = CallArguments.of(model, arguments);
        InputBinding inputs = InputBinding.of(model, call.columns());
        ModelFunction function = entry.function(spark, model, inputs.schema(), call.params());
        return new Bound(entry, function, inputs.values());
    }

    /**
     * Returns the fixed address of the model that a URI stands for now.
     *
     * @throws ModelExpressionException if the registry has no such model or can't be asked
     */
    String resolve(SparkSession spark, String uri) {
        try {
            return cache.resolve(spark, uri);
        } catch (IOException | RuntimeException e) {
            throw cannotLoad(uri, e);
        }
    }

    private ModelCache.Entry entry(SparkSession spark, String uri) {
        try {
            return cache.get(spark, uri);
        } catch (IOException | AnalysisException | RuntimeException e) {
            throw cannotLoad(uri, e);
        }
    }

    private static ModelExpressionException cannotLoad(String uri, Exception e) {
        return new ModelExpressionException("The model " + uri + " can't be loaded: " + PipelineFolder.firstLine(e), e);
    }
}
