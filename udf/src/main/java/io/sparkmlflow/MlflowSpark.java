package io.sparkmlflow;

import io.sparkmlflow.mllib.ModelInfo;
import io.sparkmlflow.mllib.ModelOptions;
import io.sparkmlflow.mllib.SparkModels;
import io.sparkmlflow.udf.ModelColumns;
import io.sparkmlflow.udf.PredictFunction;
import java.util.Map;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * MLlib models as MLflow models, for programs in Java, Scala and PySpark.
 *
 * <pre>{@code
 * ModelInfo info = MlflowSpark.logModel(model, "model",
 *     ModelOptions.builder().trainingData(training).registeredModelName("churn").alias("champion").build());
 * PipelineModel same = MlflowSpark.loadModel("models:/churn@champion");
 * }</pre>
 *
 * <p>From PySpark, with the argument names of Python's {@code mlflow.spark.log_model}:
 *
 * <pre>{@code
 * spark._jvm.io.sparkmlflow.MlflowSpark.logModel(
 *     model._to_java(), "model", {"training_data": df._jdf, "registered_model_name": "churn"})
 * }</pre>
 *
 * <p>The stores are those that the session's {@code spark.mlflow.*} settings or MLflow's environment variables name. All
 * methods use the calling thread's Spark session, or the application's, and throw {@link MlflowException}.
 */
public final class MlflowSpark {
    private MlflowSpark() {}

    /** Saves a model without options. */
    public static void saveModel(Transformer model, String path) {
        SparkModels.save(model, path, ModelOptions.NONE);
    }

    /**
     * Writes the folder that Python's {@code mlflow.spark.save_model} writes.
     *
     * @param model a fitted model; one that is no pipeline is saved as a pipeline of one stage
     * @param path a path or URI where nothing is yet; a model appears there only when it is complete
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if something is there, a stage cannot be written, or an
     *     option cannot be followed
     */
    public static void saveModel(Transformer model, String path, ModelOptions options) {
        SparkModels.save(model, path, given(options));
    }

    /** Saves a model with options by the argument names of Python's {@code mlflow.spark.save_model}. */
    public static void saveModel(Transformer model, String path, Map<String, ?> options) {
        SparkModels.save(model, path, ModelOptions.of(options));
    }

    /** The same from Scala: {@code MlflowSpark.saveModel(model, path, Map("pip_requirements" -> Seq("pyspark")))}. */
    public static void saveModel(Transformer model, String path, scala.collection.Map<String, ?> options) {
        SparkModels.save(model, path, ModelOptions.of(options));
    }

    /** Logs a model without options. */
    public static ModelInfo logModel(Transformer model, String name) {
        return SparkModels.log(model, name, ModelOptions.NONE);
    }

    /**
     * Saves a model to the run that the options name, else to the active run, else to a new one. If asked, registers it.
     *
     * @param name where below the run's artifacts, and what the logged model is called, e.g. {@code model}
     * @return what was logged and under which URI
     * @throws MlflowException if something fails; then no version is registered, and a logged model of MLflow 3 is marked as
     *     failed
     */
    public static ModelInfo logModel(Transformer model, String name, ModelOptions options) {
        return SparkModels.log(model, name, given(options));
    }

    /** Logs a model with options by the argument names of Python's {@code mlflow.spark.log_model}. */
    public static ModelInfo logModel(Transformer model, String name, Map<String, ?> options) {
        return SparkModels.log(model, name, ModelOptions.of(options));
    }

    /** The same from Scala: {@code MlflowSpark.logModel(model, "model", Map("training_data" -> training))}. */
    public static ModelInfo logModel(Transformer model, String name, scala.collection.Map<String, ?> options) {
        return SparkModels.log(model, name, ModelOptions.of(options));
    }

    /**
     * Loads a model of the {@code spark} flavor.
     *
     * @param modelUri a path, {@code runs:/…}, {@code models:/…} or an artifact URI
     * @throws MlflowException if there is no such model, or it cannot be loaded here; the message says why
     */
    public static PipelineModel loadModel(String modelUri) {
        return SparkModels.load(modelUri);
    }

    /**
     * Returns a model as a function of columns that gives its prediction: {@code df.select(f.apply(struct(col("*"))))}.
     *
     * <p>A model without the flavor {@code spark} runs in Spark's Python workers, which need MLflow.
     *
     * @param modelUri a path, {@code runs:/…}, {@code models:/…} or an artifact URI
     * @throws io.sparkmlflow.udf.ModelExpressionException if the model can't be loaded
     */
    public static PredictFunction predictFunction(SparkSession spark, String modelUri) {
        return ModelColumns.predictFunction(spark, modelUri);
    }

    /**
     * Returns a model as a function of columns that gives its prediction under the given params.
     *
     * @param params values of params of the model's signature: strings, numbers, booleans, lists or maps of these; those of a
     *     model whose signature has none are ignored with a warning, as in Python
     * @throws io.sparkmlflow.udf.ModelExpressionException if the model can't be loaded, or has no such param, or one of another
     *     type
     */
    public static PredictFunction predictFunction(SparkSession spark, String modelUri, Map<String, ?> params) {
        return ModelColumns.predictFunction(spark, modelUri, params);
    }

    /**
     * Adds a model's output columns to a frame, as the model's own {@code transform} does; a model that is no function of one
     * row, such as a recommender, can be used in this way alone.
     *
     * @throws io.sparkmlflow.udf.ModelExpressionException if the model can't be loaded or doesn't take the frame's columns
     */
    public static Dataset<Row> transform(Dataset<?> dataset, String modelUri) {
        return ModelColumns.transform(dataset, modelUri);
    }

    /**
     * Gives a model's prediction a name in the session's SQL: {@code SELECT churn(age, fare) FROM t}.
     *
     * @param name the function's name; a temporary function of that name is replaced
     * @throws io.sparkmlflow.udf.ModelExpressionException if the model can't be loaded
     */
    public static void registerFunction(SparkSession spark, String name, String modelUri) {
        ModelColumns.registerFunction(spark, name, modelUri);
    }

    /** Python's {@code None} may come to any of the overloads. */
    private static ModelOptions given(ModelOptions options) {
        return options == null ? ModelOptions.NONE : options;
    }
}
