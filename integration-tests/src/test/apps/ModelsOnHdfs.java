import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.mllib.LoadedModel;
import io.sparkmlflow.mllib.ModelInfo;
import io.sparkmlflow.mllib.ModelOptions;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchLoggedModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.recommendation.ALS;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * On a cluster whose default file system is HDFS: logs a model straight to an artifact location there, and loads it back in
 * place; loads others from the driver's disk, by a copy; fails to log one to a location without room.
 *
 * <p>Arguments: tracking URI, artifact location, temporary folder on HDFS, a folder on the driver's disk, a location without
 * room.
 */
public final class ModelsOnHdfs {
    private ModelsOnHdfs() {}

    public static void main(String[] args) throws Exception {
        String location = args[1];
        String temporary = args[2];
        Path disk = Path.of(args[3]);
        SparkSession spark = SparkSession.builder().appName("models-on-hdfs").getOrCreate();
        FileSystem hdfs = FileSystem.get(spark.sparkContext().hadoopConfiguration());
        say("defaultFs", hdfs.getUri().getScheme());
        Dataset<Row> data = spark.range(40).selectExpr(
                "CAST(id AS INT) AS id", "CAST(id % 5 AS INT) AS item", "id * 0.3 AS x", "id * 0.7 + 1 AS label");
        PipelineModel model = fit(data, new LinearRegression().setMaxIter(5).setRegParam(0.1));
        PipelineModel als = fit(
                data, new ALS().setUserCol("id").setItemCol("item").setRatingCol("label").setMaxIter(1).setNumBlocks(1));

        try (MlflowClient client = new MlflowClient(args[0])) {
            String experiment = client.tracking().createExperiment("on-hdfs", location, Map.of());
            Run run = client.tracking().createRun(new CreateRun(experiment, "fit", "me", 1L, Map.of()));
            SparkFlavor.save(spark, model, disk.resolve("regression"), null, temporary);
            SparkFlavor.save(spark, als, disk.resolve("als"), null, temporary);
            SparkFlavor.log(client, run.info().runId(), "uploaded", disk.resolve("regression"), null);
            say("leftBySaving", count(hdfs, temporary));

            hdfs.delete(new org.apache.hadoop.fs.Path(temporary), true);
            WrittenFolders written = new WrittenFolders(spark);
            log(spark, client, run, model, temporary, "on-hdfs");
            List<String> folders = written.take();
            say("artifactUri", run.info().artifactUri());
            say("writtenDirectly", folders.stream().allMatch(folder -> folder.startsWith(location + "/models/m-")));
            say("tables", folders.stream().filter(folder -> folder.contains("/stages/1_linReg_")).filter(folder -> folder.endsWith("/data")).count());
            say("temporaryFolder log", hdfs.exists(new org.apache.hadoop.fs.Path(temporary)));

            List<Row> expected = predictions(model, data);
            for (String uri : List.of("runs:/" + run.info().runId() + "/model", "models:/on-hdfs/1")) {
                hdfs.delete(new org.apache.hadoop.fs.Path(temporary), true);
                LoadedModel loaded = SparkFlavor.load(spark, client, uri);
                say("inPlace " + uri.substring(0, 4), predictions(loaded.model(), data).equals(expected));
                say("temporaryFolder " + uri.substring(0, 4), hdfs.exists(new org.apache.hadoop.fs.Path(temporary)));
            }

            LoadedModel copied = SparkFlavor.load(spark, client, disk.resolve("regression").toString());
            say("copied", predictions(copied.model(), data).equals(expected));
            say("leftByLoading", count(hdfs, temporary));
            LoadedModel lazy = SparkFlavor.load(spark, client, disk.resolve("als").toString());
            say("lazy", predictions(lazy.model(), data).equals(predictions(als, data)));
            say("keptForTheLazy", count(hdfs, temporary));

            logWithoutRoom(spark, client, client.tracking().createExperiment("limited", args[4], Map.of()), model);
        }
        spark.stop();
    }

    private static void logWithoutRoom(
            SparkSession spark, MlflowClient client, String experiment, PipelineModel model) {
        Run run = client.tracking().createRun(new CreateRun(experiment, "fit", "me", 1L, Map.of()));
        try {
            log(spark, client, run, model, "/tmp/mlflow", "too-large");
            say("withoutRoom", "logged");
        } catch (MlflowException e) {
            say("withoutRoom", e.getMessage());
        }
        LoggedModel logged = client.tracking()
                .searchLoggedModels(SearchLoggedModels.in(experiment))
                .items()
                .get(0);
        say("withoutRoom status", logged.status());
        say("withoutRoom registered", client.registry().findRegisteredModel("too-large").isPresent());
        say("withoutRoom history", client.tracking().getRun(run.info().runId()).data().tags().keySet().stream()
                .anyMatch(tag -> tag.equals("mlflow.log-model.history")));
    }

    private static ModelInfo log(
            SparkSession spark, MlflowClient client, Run run, PipelineModel model, String temporary, String registered) {
        ModelOptions options =
                ModelOptions.builder().registeredModelName(registered).build();
        return SparkFlavor.log(spark, client, model, run.info().runId(), "model", temporary, options);
    }

    private static PipelineModel fit(Dataset<Row> data, PipelineStage last) {
        VectorAssembler assembler =
                new VectorAssembler().setInputCols(new String[] {"x", "item"}).setOutputCol("features");
        return new Pipeline().setStages(new PipelineStage[] {assembler, last}).fit(data);
    }

    private static List<Row> predictions(PipelineModel model, Dataset<Row> data) {
        return model.transform(data).select("id", "prediction").orderBy("id").collectAsList();
    }

    private static int count(FileSystem hdfs, String folder) throws Exception {
        org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder);
        return hdfs.exists(path) ? hdfs.listStatus(path).length : 0;
    }

    private static void say(String what, Object value) {
        System.out.println("RESULT " + what + " = " + value);
    }
}
