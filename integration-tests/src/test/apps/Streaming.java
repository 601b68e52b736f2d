import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Streaming queries: one that counts in windows and is started again, one that fits a model in each micro-batch, one that fails, one
 * that still runs when the application ends.
 *
 * <p>Argument: an empty folder.
 */
public final class Streaming {
    private final SparkSession spark;
    private final Path folder;

    private Streaming(SparkSession spark, Path folder) {
        this.spark = spark;
        this.folder = folder;
    }

    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder().appName("streaming").getOrCreate();
        Streaming streams = new Streaming(spark, Path.of(args[0]));
        streams.count(1);
        streams.count(2);
        streams.learn();
        streams.fail();
        StreamingQuery endless = streams.rate("value").queryName("endless").start();
        while (endless.recentProgress().length < 2) {
            Thread.sleep(20);
        }
        spark.stop();
    }

    private void count(int file) throws IOException, TimeoutException, StreamingQueryException {
        write("events", file, "{\"at\": \"2026-01-01T1%d:00:00Z\", \"x\": 1}\n".formatted(file).repeat(file));
        StreamingQuery query = read("events", "at timestamp, x double")
                .withWatermark("at", "10 minutes")
                .groupBy(org.apache.spark.sql.functions.window(org.apache.spark.sql.functions.col("at"), "5 minutes"))
                .count()
                .writeStream()
                .queryName("counts")
                .format("parquet")
                .option("checkpointLocation", folder.resolve("checkpoint").toString())
                .trigger(Trigger.AvailableNow())
                .start(folder.resolve("counts").toString());
        query.awaitTermination();
        long rows = Arrays.stream(query.recentProgress()).mapToLong(progress -> progress.numInputRows()).sum();
        System.out.println("counted " + rows);
    }

    private void learn() throws IOException, TimeoutException, StreamingQueryException {
        for (int file = 0; file < 2; file++) {
            StringBuilder lines = new StringBuilder();
            for (int x = 0; x < 20; x++) {
                lines.append("{\"x\": %d, \"y\": %d}\n".formatted(x, (file + 1) * x + x % 3));
            }
            write("numbers", file, lines.toString());
        }
        VoidFunction2<Dataset<Row>, Long> learner = (batch, id) -> {
            Dataset<Row> features = new VectorAssembler()
                    .setInputCols(new String[] {"x"})
                    .setOutputCol("features")
                    .transform(batch);
            Dataset<Row> predictions = new LinearRegression().setLabelCol("y").setMaxIter(2).fit(features)
                    .transform(features.as("batch"));
            new RegressionEvaluator().setLabelCol("y").evaluate(predictions);
            batch.write().mode(SaveMode.Append).parquet(folder.resolve("learned").toString());
        };
        read("numbers", "x double, y double")
                .writeStream()
                .queryName("learning")
                .trigger(Trigger.AvailableNow())
                .foreachBatch(learner)
                .start()
                .awaitTermination();
    }

    private void fail() throws TimeoutException {
        try {
            rate("raise_error('meant to fail')").queryName("failing").start().awaitTermination();
        } catch (StreamingQueryException e) {
            System.out.println("failed");
        }
    }

    private Dataset<Row> read(String name, String schema) {
        return spark.readStream()
                .schema(schema)
                .option("maxFilesPerTrigger", 1)
                .json(folder.resolve(name).toString());
    }

    private DataStreamWriter<Row> rate(String expression) {
        return spark.readStream()
                .format("rate")
                .option("rowsPerSecond", 20)
                .load()
                .selectExpr(expression + " as x")
                .writeStream()
                .format("noop");
    }

    private void write(String name, int file, String lines) throws IOException {
        Files.writeString(Files.createDirectories(folder.resolve(name)).resolve(file + ".json"), lines);
    }
}
