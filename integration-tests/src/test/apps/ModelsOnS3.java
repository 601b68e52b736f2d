import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.mllib.ModelInfo;
import io.sparkmlflow.mllib.ModelOptions;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.store.CreateRun;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.recommendation.ALS;
import org.apache.spark.ml.recommendation.ALSModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Logs a model to an artifact location in each of the given buckets and loads it back. The model reads its factors when it
 * predicts, so it tells where it was loaded from.
 *
 * <p>Arguments: tracking URI, artifact locations.
 */
public final class ModelsOnS3 {
    private ModelsOnS3() {}

    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder().getOrCreate();
        Dataset<Row> data = spark.range(40).selectExpr(
                "CAST(id AS INT) AS user", "CAST(id % 5 AS INT) AS item", "CAST(id * 0.7 AS FLOAT) AS rating");
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {
                    new ALS().setUserCol("user").setItemCol("item").setRatingCol("rating").setMaxIter(1).setNumBlocks(1)
                })
                .fit(data);
        List<Row> expected = predictions(model, data);
        WrittenFolders written = new WrittenFolders(spark);
        try (MlflowClient client = new MlflowClient(args[0])) {
            for (String location : List.of(args).subList(1, args.length)) {
                String scheme = location.substring(0, location.indexOf(':'));
                String experiment = client.tracking().createExperiment("at " + scheme, location, Map.of());
                Run run = client.tracking().createRun(new CreateRun(experiment, "fit", "me", 1L, Map.of()));
                written.take();
                ModelInfo info = SparkFlavor.log(
                        spark,
                        client,
                        model,
                        run.info().runId(),
                        "model",
                        "/tmp/mlflow",
                        ModelOptions.builder().registeredModelName(scheme).build());
                // The listener writes models too, on its own threads, but not there.
                boolean direct = written.take().stream().anyMatch(folder -> folder.startsWith("s3a://models/as-"));
                System.out.println("RESULT written " + scheme + (direct ? " by executors" : " by an upload"));
                say("artifactUri " + scheme, run.info().artifactUri().startsWith(location + "/"));
                for (String uri : List.of(info.modelUri(), "models:/" + scheme + "/1")) {
                    PipelineModel loaded = SparkFlavor.load(spark, client, uri).model();
                    String what = scheme + " " + uri.substring(0, uri.indexOf(':'));
                    say("same " + what, predictions(loaded, data).equals(expected));
                    String[] files = ((ALSModel) loaded.stages()[0]).userFactors().inputFiles();
                    boolean inPlace = Stream.of(files).allMatch(file -> file.startsWith("s3a://models/as-"));
                    say("inPlace " + what, files.length > 0 && inPlace);
                }
            }
        }
        spark.stop();
    }

    private static List<Row> predictions(PipelineModel model, Dataset<Row> data) {
        return model.transform(data).select("user", "prediction").orderBy("user").collectAsList();
    }

    private static void say(String what, Object value) {
        System.out.println("RESULT " + what + " = " + value);
    }
}
