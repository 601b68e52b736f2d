package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** Models over DataFrames, for programs. {@link io.sparkmlflow.MlflowSparkExtensions} is not needed for it. */
public final class ModelColumns {
    private static final String OUTPUTS = "__mlflow_outputs";

    private ModelColumns() {}

    /**
     * Returns a model as a function of columns that gives its prediction.
     *
     * @param uri {@code models:/…}, {@code runs:/…}, an artifact URI or a path
     * @throws ModelExpressionException if the model can't be loaded
     */
    public static PredictFunction predictFunction(SparkSession spark, String uri) {
        return predictFunction(spark, uri, Map.of());
    }

    /**
     * Returns a model as a function of columns that gives its prediction under the given params.
     *
     * @param params values of params of the model's signature: strings, numbers, booleans, lists or maps of these
     * @throws ModelExpressionException if the model can't be loaded, or has no such param, or one of another type
     */
    public static PredictFunction predictFunction(SparkSession spark, String uri, Map<String, ?> params) {
        Map<String, Object> set = ModelFunctions.register(spark).load(spark, uri, params);
        return columns -> {
            Column[] arguments = Arrays.copyOf(columns, columns.length + (set.isEmpty() ? 0 : 1));
            if (!set.isEmpty()) {
                arguments[columns.length] = literal(set);
            }
            return call(ModelFunctions.PREDICT, uri, arguments);
        };
    }

    private static Column literal(Object value) {
        if (value instanceof Map<?, ?> map) {
            return functions.struct(map.entrySet().stream()
                    .map(entry -> literal(entry.getValue()).as(String.valueOf(entry.getKey())))
                    .toArray(Column[]::new));
        }
        if (value instanceof Iterable<?> items) {
            List<Column> columns = new ArrayList<>();
            items.forEach(item -> columns.add(literal(item)));
            return functions.array(columns.toArray(Column[]::new));
        }
        return functions.lit(value);
    }

    /**
     * Adds a model's output columns to a frame, as the model's own {@code transform} does; columns of these names that the
     * model doesn't read are replaced.
     *
     * <p>A model that is a function of one row is evaluated fused. One that isn't, such as a recommender, transforms the frame
     * itself.
     *
     * @throws ModelExpressionException if the model can't be loaded or doesn't take the frame's columns
     */
    public static Dataset<Row> transform(Dataset<?> dataset, String uri) {
        SparkSession spark = dataset.sparkSession();
        return transform(ModelFunctions.register(spark), dataset, uri);
    }

    private static Dataset<Row> transform(ModelExpressions models, Dataset<?> dataset, String uri) {
        Dataset<Row> frame = dataset.toDF();
        ModelFunction function = models.functionOfRows(frame.sparkSession(), uri, frame.schema());
        if (function == null) {
            return models.transform(frame, uri);
        }
        Set<String> outputs = function.outputNames();
        Column all = functions.struct(functions.col("*"));
        Dataset<Row> scored = frame.select(
                functions.col("*"),
                call(ModelFunctions.PREDICT_STRUCT, uri, new Column[] {all}).as(OUTPUTS));
        if (function.dropsRows()) {
            scored = scored.where(scored.col(OUTPUTS).isNotNull());
        }
        List<Column> columns = new ArrayList<>();
        for (String name : frame.columns()) {
            if (!outputs.contains(name)) {
                columns.add(scored.col(quoted(name)));
            }
        }
        for (String name : outputs) {
            columns.add(scored.col(OUTPUTS).getField(name).as(name, function.metadata(name)));
        }
        return scored.select(columns.toArray(Column[]::new));
    }

    /**
     * Gives a model's prediction a name in the session's SQL: {@code SELECT churn(age, fare) FROM t}. The model behind an alias
     * is looked up each time that a query is analyzed.
     *
     * @param name the function's name; a temporary function of that name is replaced
     * @throws ModelExpressionException if the model can't be loaded
     */
    public static void registerFunction(SparkSession spark, String name, String uri) {
        ModelExpressions models = ModelFunctions.register(spark);
        models.load(spark, uri, Map.of());
        ModelFunctions.registerNamed(spark, name, uri, models);
    }

    private static Column call(String function, String uri, Column[] columns) {
        List<Column> arguments = new ArrayList<>(List.of(functions.lit(uri)));
        arguments.addAll(Arrays.asList(columns));
        return functions.call_function(function, arguments.toArray(Column[]::new));
    }

    private static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }
}
