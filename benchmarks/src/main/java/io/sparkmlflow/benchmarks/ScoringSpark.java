package io.sparkmlflow.benchmarks;

import io.sparkmlflow.MlflowSpark;
import io.sparkmlflow.MlflowSparkExtensions;
import io.sparkmlflow.mllib.ModelOptions;
import io.sparkmlflow.mllib.SignatureOutputs;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** One Spark in this JVM, with the functions of models. */
final class ScoringSpark implements AutoCloseable {
    private final Path folder;
    private final SparkSession spark;
    private final Map<ScoringPipelines, Saved> saved = new EnumMap<>(ScoringPipelines.class);

    /** Starts it; everything is written to the folder. */
    ScoringSpark(Path folder) {
        this.folder = folder;
        this.spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
                .config("spark.sql.extensions", MlflowSparkExtensions.class.getName())
                .getOrCreate();
        spark.sparkContext().setLogLevel("WARN");
    }

    SparkSession session() {
        return spark;
    }

    /** A model and where it is saved. */
    record Saved(PipelineModel model, Path path) {
        /** Returns the call of a function of the model over all columns of a frame. */
        String call(String function) {
            return function + "('" + path + "', struct(*))";
        }
    }

    /** Fits a pipeline and saves it with a signature, once. */
    Saved save(ScoringPipelines pipeline) {
        return saved.computeIfAbsent(pipeline, same -> {
            Dataset<Row> training = ScoringPipelines.table(spark, 1).select("label", pipeline.inputs());
            return save(pipeline.fit(spark), pipeline.name().toLowerCase(Locale.ROOT), training);
        });
    }

    Saved save(PipelineModel model, String name, Dataset<Row> training) {
        Path path = folder.resolve(name);
        MlflowSpark.saveModel(
                model,
                path.toString(),
                ModelOptions.builder()
                        .trainingData(training)
                        .signatureOutputs(SignatureOutputs.PREDICTION)
                        .build());
        return new Saved(model, path);
    }

    /** Writes the first rows of the table and returns them as they are read. */
    Dataset<Row> table(long rows) {
        String path = tablePath(rows).toString();
        ScoringPipelines.table(spark, rows).write().mode("ignore").parquet(path);
        return spark.read().parquet(path);
    }

    Path tablePath(long rows) {
        return folder.resolve("table-" + rows);
    }

    /** Computes all of a frame and keeps nothing. */
    static Cost cost(Dataset<Row> frame) {
        return Cost.of(() -> frame.write().format("noop").mode("overwrite").save());
    }

    /** Computes all of a frame and keeps nothing. Returns the seconds. */
    static double seconds(Dataset<Row> frame) {
        return cost(frame).seconds();
    }

    @Override
    public void close() {
        spark.stop();
    }
}
