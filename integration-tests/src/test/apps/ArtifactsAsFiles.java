import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.mllib.LoggedModelMode;
import io.sparkmlflow.mllib.ModelInfo;
import io.sparkmlflow.mllib.ModelOptions;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.store.CreateRun;
import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** Uses {@code mlflow-artifacts:} as a file system. Arguments: tracking URI, folder of that scheme, folder on the disk. */
public final class ArtifactsAsFiles {
    private ArtifactsAsFiles() {}

    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder().appName("artifacts-as-files").getOrCreate();
        String folder = args[1];
        say("executors", spark.sparkContext().isLocal() ? "none" : "some");
        filesAreFiles(spark, new Path(folder, "files"));
        tablesAreWrittenByTasks(spark, folder + "/table");
        modelsAreWrittenAndRead(spark, args[0], folder + "/model", java.nio.file.Path.of(args[2]));
        spark.stop();
    }

    private static void filesAreFiles(SparkSession spark, Path root) throws Exception {
        FileSystem fs = root.getFileSystem(spark.sparkContext().hadoopConfiguration());
        say("class", fs.getClass().getSimpleName());
        Path file = new Path(root, "a/a b+c.txt");
        byte[] text = "0123456789".getBytes(StandardCharsets.UTF_8);
        write(fs, file, text);
        FileStatus status = fs.getFileStatus(file);
        say("size", status.getLen() + " " + status.isFile() + " " + fs.getFileStatus(root).isDirectory());
        say("listed", names(fs.listStatus(new Path(root, "a"))));
        try (FSDataInputStream in = fs.open(file)) {
            in.seek(7);
            byte[] end = new byte[3];
            in.readFully(end);
            byte[] start = new byte[2];
            in.readFully(1, start);
            say("sought", new String(end, StandardCharsets.UTF_8) + " " + new String(start, StandardCharsets.UTF_8)
                    + " " + in.getPos() + " " + in.read());
        }
        byte[] large = new byte[17 << 20];
        Arrays.fill(large, (byte) 7);
        large[large.length - 2] = 42;
        write(fs, new Path(root, "large"), large);
        try (FSDataInputStream in = fs.open(new Path(root, "large"))) {
            in.seek(large.length - 2);
            int last = in.read();
            in.seek(0);
            say("large", last + " " + Arrays.equals(in.readAllBytes(), large));
        }
        say("renamed", fs.rename(new Path(root, "a"), new Path(root, "b")) + " " + fs.exists(file) + " "
                + names(fs.listStatus(new Path(root, "b"))));
        say("renamedInto", fs.rename(new Path(root, "large"), new Path(root, "b")) + " "
                + names(fs.listStatus(new Path(root, "b"))));
        say("renamedNothing", fs.rename(new Path(root, "nothing"), new Path(root, "c")));
        say("deleted", fs.delete(new Path(root, "b"), true) + " " + fs.exists(new Path(root, "b")) + " "
                + fs.delete(new Path(root, "b"), true));
        say("made", fs.mkdirs(new Path(root, "empty")) + " " + fs.getFileStatus(new Path(root, "empty")).isDirectory());
        try {
            fs.open(new Path(root, "nothing"));
        } catch (FileNotFoundException e) {
            say("missing", e.getMessage());
        }
    }

    private static void tablesAreWrittenByTasks(SparkSession spark, String table) {
        Dataset<Row> rows = spark.range(0, 1000, 1, 4).selectExpr("id", "id % 2 AS parity");
        rows.write().parquet(table);
        say("rows", spark.read().parquet(table).count());
        rows.limit(10).write().mode(SaveMode.Overwrite).partitionBy("parity").parquet(table);
        say("rowsOverwritten", spark.read().parquet(table).where("parity = 1").count());
        try {
            spark.range(4)
                    .selectExpr("CAST(raise_error('stop here') AS BIGINT) AS id", "1L AS parity")
                    .write()
                    .partitionBy("parity")
                    .mode(SaveMode.Append)
                    .parquet(table);
        } catch (Exception e) {
            say("failed", true);
        }
        say("rowsAfterFailure", spark.read().parquet(table).count());
    }

    private static void modelsAreWrittenAndRead(
            SparkSession spark, String trackingUri, String folder, java.nio.file.Path disk) throws Exception {
        Dataset<Row> data = spark.range(40).selectExpr("id", "id * 0.3 AS x", "id * 0.7 + 1 AS label");
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {
                    new VectorAssembler().setInputCols(new String[] {"x"}).setOutputCol("features"),
                    new LinearRegression().setMaxIter(5).setRegParam(0.1)
                })
                .fit(data);
        List<Row> expected = predictions(model, data);
        model.write().save(folder);
        say("model", predictions(PipelineModel.load(folder), data).equals(expected));
        model.write().overwrite().save(folder);
        say("modelAgain", predictions(PipelineModel.load(folder), data).equals(expected));

        try (MlflowClient client = new MlflowClient(trackingUri)) {
            Run run = client.tracking().createRun(new CreateRun("0", "fit", "me", 1L, Map.of()));
            SparkFlavor.save(spark, model, disk, null, "/tmp/mlflow");
            String registered = "from-" + new Path(folder).getParent().getName();
            SparkFlavor.log(client, run.info().runId(), "model", disk, registered);
            for (String uri : List.of("models:/" + registered + "/1", run.info().artifactUri() + "/model")) {
                say("loaded " + uri.substring(0, 6),
                        predictions(SparkFlavor.load(spark, client, uri).model(), data).equals(expected));
            }

            WrittenFolders written = new WrittenFolders(spark);
            ModelInfo info = SparkFlavor.log(
                    spark, client, model, run.info().runId(), "fitted", "/tmp/mlflow", ModelOptions.NONE);
            say("writtenTo", written.take().stream()
                    .map(table -> table.substring(0, table.indexOf(':')))
                    .distinct()
                    .toList());
            java.nio.file.Path shared = Files.createDirectories(disk.resolveSibling("shared disk"));
            ModelOptions once = ModelOptions.builder().loggedModel(LoggedModelMode.RUN).build();
            SparkFlavor.log(spark, client, model, run.info().runId(), "through", shared.toString(), once);
            say("writtenThroughDisk", written.take().stream().allMatch(table -> table.startsWith("file:" + shared)));
            try (Stream<java.nio.file.Path> left = Files.list(shared)) {
                say("leftOnDisk", left.count());
            }
            for (String uri : List.of("models:/" + info.modelId(), info.modelUri())) {
                say("logged " + uri.substring(0, 4),
                        predictions(SparkFlavor.load(spark, client, uri).model(), data).equals(expected));
            }
        }
        try (Stream<java.nio.file.Path> files = Files.list(java.nio.file.Path.of(System.getProperty("java.io.tmpdir")))) {
            say("copies", files.filter(file -> Files.isDirectory(file.resolve("sparkml"))).count());
        }
    }

    private static List<Row> predictions(PipelineModel model, Dataset<Row> data) {
        return model.transform(data).select("id", "prediction").orderBy("id").collectAsList();
    }

    private static void write(FileSystem fs, Path file, byte[] content) throws Exception {
        try (FSDataOutputStream out = fs.create(file)) {
            out.write(content);
        }
    }

    private static List<String> names(FileStatus[] files) {
        return Arrays.stream(files).map(file -> file.getPath().getName()).sorted().toList();
    }

    private static void say(String what, Object value) {
        System.out.println("RESULT " + what + " = " + value);
    }
}
