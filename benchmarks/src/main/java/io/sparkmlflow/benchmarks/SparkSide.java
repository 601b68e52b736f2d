package io.sparkmlflow.benchmarks;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.mllib.ModelInfo;
import io.sparkmlflow.mllib.ModelOptions;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.mllib.SparkModels;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** One Spark in this JVM with the pipeline of {@code flavor_side.py}, and the calls that are measured. */
final class SparkSide {
    private static final String EXPERIMENT = "flavor-benchmark";

    private final SparkSession spark;
    private final Path folder;
    private final Dataset<Row> iris;
    private final PipelineModel model;
    private Path saved;

    /**
     * Fits the pipeline and makes an experiment.
     *
     * @param folder where {@code iris.csv} is and everything is written
     * @param trackingUri of the stores that models are logged to
     */
    SparkSide(Path folder, String trackingUri) {
        this.folder = folder;
        this.spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toString())
                .getOrCreate();
        spark.sparkContext().setLogLevel("WARN"); // as PySpark does
        this.iris = spark.read()
                .option("header", true)
                .option("inferSchema", true)
                .csv(folder.resolve("iris.csv").toString())
                .cache();
        this.model = new Pipeline()
                .setStages(new PipelineStage[] {
                    new VectorAssembler()
                            .setInputCols(new String[] {"sepal_length", "sepal_width", "petal_length", "petal_width"})
                            .setOutputCol("features"),
                    new LogisticRegression().setMaxIter(20)
                })
                .fit(iris);
        useStores(trackingUri);
    }

    /** Lets models be logged to other stores from now on. */
    void useStores(String trackingUri) {
        spark.conf().set(Setting.TRACKING_URI.sparkKey(), trackingUri);
        spark.conf().set(Setting.EXPERIMENT_NAME.sparkKey(), EXPERIMENT);
        try (MlflowClient client = new MlflowClient(trackingUri)) {
            if (client.tracking().findExperimentByName(EXPERIMENT).isEmpty()) {
                String location = trackingUri.startsWith("http")
                        ? null
                        : folder.resolve("artifacts").toUri().toString();
                client.tracking().createExperiment(EXPERIMENT, location, Map.of());
            }
        }
    }

    /** Logs the model to a run of its own. */
    Cost log() {
        return log(ModelOptions.NONE);
    }

    /** Logs the model with the signature that its training data gives it. */
    Cost logWithSignature() {
        return log(ModelOptions.builder().trainingData(iris).build());
    }

    private Cost log(ModelOptions options) {
        ModelInfo[] info = new ModelInfo[1];
        Cost cost = Cost.of(() -> info[0] = SparkModels.log(model, "model", options));
        if (info[0].modelId() == null) {
            throw new IllegalStateException("The model has no logged model of MLflow 3: " + info[0]);
        }
        return cost;
    }

    /** Saves the model as Spark does. */
    Cost save() {
        String path =
                folder.resolve("saved").resolve(UUID.randomUUID().toString()).toString();
        return Cost.of(() -> {
            try {
                model.write().save(path);
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    /** Loads a saved model in place. */
    Cost load(MlflowClient client) {
        String path = savedFlavor().toString();
        return Cost.of(() -> SparkFlavor.load(spark, client, path));
    }

    /** Loads the same files as Spark does. */
    Cost loadAsSpark() {
        String path = savedFlavor().resolve("sparkml").toString();
        return Cost.of(() -> PipelineModel.load(path));
    }

    private Path savedFlavor() {
        if (saved == null) {
            Path path = folder.resolve("saved-" + UUID.randomUUID());
            SparkFlavor.save(spark, model, path, folder.resolve("dfs-tmp").toString(), ModelOptions.NONE);
            saved = path;
        }
        return saved;
    }

    void stop() {
        spark.stop();
    }

    /** One call in a JVM that has made none before: {@code log}, {@code save}, {@code load} or {@code load-as-spark}. */
    public static void main(String[] args) {
        Path folder = Path.of(args[1]);
        SparkSide side = new SparkSide(folder, args[2]);
        Cost cost;
        switch (args[0]) {
            case "log" -> cost = side.log();
            case "save" -> cost = side.save();
            default -> throw new IllegalArgumentException(args[0]);
        }
        side.stop();
        System.out.println(cost);
    }
}
