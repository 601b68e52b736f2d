import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.classification.OneVsRest;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.evaluation.ClusteringEvaluator;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.recommendation.ALS;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Everything that is tracked, once, without a trace of MLflow. Returns from {@code main} without a {@code stop()}.
 *
 * <p>Arguments: the application's name, the training table, an empty folder, and {@code delta} where Spark has it.
 */
public final class EverySpark {
    private final SparkSession spark;
    private final Path folder;
    private final VectorAssembler assembler = new VectorAssembler()
            .setInputCols(new String[] {"mean_radius", "mean_texture"})
            .setOutputCol("features");

    private EverySpark(SparkSession spark, Path folder) {
        this.spark = spark;
        this.folder = folder;
    }

    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder().appName(args[0]).getOrCreate();
        EverySpark every = new EverySpark(spark, Path.of(args[2]));
        every.failAJob();
        Dataset<Row> table = spark.read()
                .option("header", "true")
                .option("inferSchema", "true")
                .csv(args[1])
                .selectExpr("*", "double(diagnosis = 'M') AS label");
        every.pipelines(table);
        Dataset<Row> data = every.assembler.transform(table);
        every.bareFits(data);
        every.searches(data);
        every.recommend();
        every.stream();
        if (args.length > 3) {
            every.delta();
        }
    }

    private void failAJob() {
        try {
            JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(List.of(1), 1).foreach(number -> {
                throw new IllegalStateException("meant to fail");
            });
        } catch (Exception e) {
            System.out.println("job failed " + (e instanceof SparkException));
        }
    }

    private void pipelines(Dataset<Row> table) {
        LogisticRegression five = new LogisticRegression().setMaxIter(5);
        new Pipeline().setStages(new PipelineStage[] {assembler, five}).fit(table);

        StandardScaler scaler = new StandardScaler().setInputCol("features").setOutputCol("scaled").setWithMean(true);
        LogisticRegression seven = new LogisticRegression().setMaxIter(7).setFeaturesCol("scaled");
        Pipeline inner = new Pipeline().setStages(new PipelineStage[] {scaler, seven});
        new Pipeline().setStages(new PipelineStage[] {assembler, inner}).fit(table);
    }

    private void bareFits(Dataset<Row> data) {
        LogisticRegressionModel model = new LogisticRegression().setMaxIter(6).fit(data);
        System.out.println("accuracy "
                + new MulticlassClassificationEvaluator()
                        .setMetricName("accuracy")
                        .evaluate(model.transform(data.as("seen"))));
        KMeansModel clusters = new KMeans().setK(3).setSeed(1).fit(data);
        System.out.println("silhouette " + new ClusteringEvaluator().evaluate(clusters.transform(data.as("seen"))));
        new OneVsRest().setClassifier(new LogisticRegression().setMaxIter(2)).fit(data);
        try {
            // Three thresholds for two classes.
            new LogisticRegression()
                    .setMaxIter(77)
                    .setThresholds(new double[] {0.3, 0.3, 0.4})
                    .fit(data);
        } catch (RuntimeException e) {
            System.out.println("fit failed");
        }
    }

    private void searches(Dataset<Row> data) {
        LogisticRegression regression = new LogisticRegression().setMaxIter(3);
        print(
                "avg",
                new CrossValidator()
                        .setEstimator(regression)
                        .setEstimatorParamMaps(new ParamGridBuilder()
                                .addGrid(regression.regParam(), new double[] {0.01, 5.0})
                                .build())
                        .setEvaluator(new BinaryClassificationEvaluator())
                        .setNumFolds(2)
                        .setParallelism(4)
                        .setSeed(1)
                        .fit(data)
                        .avgMetrics());
        LinearRegression linear = new LinearRegression().setMaxIter(3).setLabelCol("mean_area");
        print(
                "validation",
                new TrainValidationSplit()
                        .setEstimator(linear)
                        .setEstimatorParamMaps(new ParamGridBuilder()
                                .addGrid(linear.regParam(), new double[] {0.0, 1000.0})
                                .build())
                        .setEvaluator(new RegressionEvaluator().setLabelCol("mean_area"))
                        .setSeed(1)
                        .fit(data)
                        .validationMetrics());
    }

    private static void print(String name, double[] values) {
        System.out.println(name + " "
                + Arrays.stream(values).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
    }

    private void recommend() {
        Dataset<Row> ratings = spark.range(0, 60, 1, 1)
                .selectExpr("int(id % 6) AS user", "int(id % 10) AS item", "float(id * 7 % 5) AS rating");
        new ALS().setRank(2).setMaxIter(2).setNumBlocks(1).setSeed(1).fit(ratings);
    }

    private void stream() throws Exception {
        Path lines = Files.createDirectories(folder.resolve("lines"));
        Files.writeString(lines.resolve("0.json"), "{\"x\": 1}\n{\"x\": 2}\n{\"x\": 3}\n");
        spark.readStream()
                .schema("x double")
                .json(lines.toString())
                .writeStream()
                .queryName("copy")
                .format("parquet")
                .option("checkpointLocation", folder.resolve("checkpoint").toString())
                .trigger(Trigger.AvailableNow())
                .start(folder.resolve("copied").toString())
                .awaitTermination();
    }

    private void delta() {
        String table = folder.resolve("table").toString();
        spark.range(5).write().format("delta").save(table);
        System.out.println("rows " + spark.read().format("delta").load(table).count());
    }
}
