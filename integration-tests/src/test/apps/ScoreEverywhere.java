import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowSpark;
import io.sparkmlflow.mllib.ModelInfo;
import io.sparkmlflow.mllib.ModelOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.RandomForestClassifier;
import org.apache.spark.ml.feature.CountVectorizer;
import org.apache.spark.ml.feature.OneHotEncoder;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.BroadcastBlockId;

/**
 * One model as a function wherever a program may call one, beside its {@code transform}. What is as it should be is a line {@code
 * RESULT name}.
 *
 * <p>Arguments: a folder to write to; and where Delta and Spark Connect are, the folder that another Spark's run of this program
 * wrote to, the port of the server of Spark Connect in this driver, and the class path of a client.
 */
public final class ScoreEverywhere {
    private static final int TASKS = 32;
    private static final String OUTPUTS = "rawPrediction, probability, prediction";

    private final SparkSession spark;
    private final Path folder;
    private String uri;
    private List<Row> expected;

    private ScoreEverywhere(SparkSession spark, Path folder) {
        this.spark = spark;
        this.folder = folder;
    }

    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder().appName("score").getOrCreate();
        ScoreEverywhere scores = new ScoreEverywhere(spark, Path.of(args[0]));
        scores.fit();
        scores.batch();
        scores.views();
        scores.aggregates();
        scores.casts();
        scores.registeredClass();
        scores.stream();
        scores.deletedVersion();
        scores.corruptModel();
        if (args.length > 1) {
            scores.modelOfAnotherSpark(Path.of(args[1]));
            scores.delta();
            scores.remotely(args[2], args[3]);
            scores.eviction();
        }
        spark.stop();
    }

    /** Fits a pipeline with strings, text and trees, and keeps what its transform gives. */
    private void fit() {
        Dataset<Row> rows = spark.range(0, 3000, 1, TASKS)
                .selectExpr(
                        "id",
                        "element_at(array('basic', 'plus', 'pro'), cast(id % 3 AS INT) + 1) AS plan",
                        "(id * 7919 % 1000) / 100 AS x",
                        "cast(id * 104729 % 77 AS FLOAT) AS y",
                        "concat_ws(' ', 'call', if(id % 5 = 0, 'angry', 'fine'), cast(id % 7 AS STRING)) AS text",
                        "cast((id * 7919 % 1000) / 100 + id % 3 > 6 AS DOUBLE) AS label");
        rows.write().parquet(folder.resolve("rows").toString());
        table().createOrReplaceTempView("rows");
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {
                    new StringIndexer().setInputCol("plan").setOutputCol("planIndex"),
                    new OneHotEncoder().setInputCol("planIndex").setOutputCol("planVector"),
                    new Tokenizer().setInputCol("text").setOutputCol("words"),
                    new CountVectorizer().setInputCol("words").setOutputCol("counts"),
                    new VectorAssembler()
                            .setInputCols(new String[] {"planVector", "counts", "x", "y"})
                            .setOutputCol("assembled"),
                    new StandardScaler().setInputCol("assembled").setOutputCol("features"),
                    new RandomForestClassifier().setNumTrees(5).setSeed(1)
                })
                .fit(table());
        uri = folder.resolve("model").toString();
        MlflowSpark.saveModel(
                model,
                uri,
                ModelOptions.builder()
                        .trainingData(table().drop("id"))
                        .build());
        Dataset<Row> transformed = model.transform(table()).selectExpr("id", OUTPUTS.split(", ")[0], "probability", "prediction");
        transformed.write().parquet(folder.resolve("expected").toString());
        expected = sorted(transformed);
    }

    private Dataset<Row> table() {
        return spark.read().parquet(folder.resolve("rows").toString());
    }

    /** As many tasks at once as the executors take; with generated code and without. */
    private void batch() {
        String query = "SELECT id, row.rawPrediction, row.probability, row.prediction FROM"
                + " (SELECT id, mlflow_predict_struct('" + uri + "', struct(*)) AS row FROM many)";
        table().repartition(TASKS).createOrReplaceTempView("many");
        result("batch", sorted(spark.sql(query)).equals(expected));
        spark.conf().set("spark.sql.codegen.wholeStage", "true");
        spark.conf().set("spark.sql.codegen.factoryMode", "CODEGEN_ONLY");
        Dataset<Row> generated = spark.sql(query);
        result("generated", sorted(generated).equals(expected));
        result(
                "one stage of generated code",
                generated.queryExecution().executedPlan().toString().contains("*("));
        result(
                "as columns in order",
                sorted(spark.sql("SELECT id, mlflow_predict('" + uri + "', plan, x, y, text) FROM many"))
                        .equals(predictions(expected)));
        result(
                "transform",
                sorted(MlflowSpark.transform(table(), uri)
                                .selectExpr("id", "rawPrediction", "probability", "prediction"))
                        .equals(expected));
    }

    private void views() {
        spark.sql("CREATE VIEW scored AS SELECT id, mlflow_predict('" + uri + "', struct(*)) AS prediction FROM parquet.`"
                + folder.resolve("rows") + "`");
        result(
                "persistent view",
                sorted(spark.newSession().sql("SELECT * FROM scored")).equals(predictions(expected)));
        long ones = expected.stream().filter(row -> row.getDouble(3) == 1.0).count();
        result(
                "struct of all in an aggregate",
                spark.sql("SELECT sum(mlflow_predict('" + uri + "', struct(*))) FROM rows")
                                .head()
                                .getDouble(0)
                        == ones);
    }

    /** Statements that group by the prediction, filter, order and number rows by it. */
    private void aggregates() {
        String call = "mlflow_predict('" + uri + "', struct(*))";
        TreeMap<Double, Long> counts = new TreeMap<>();
        expected.forEach(row -> counts.merge(row.getDouble(3), 1L, Long::sum));
        List<Row> groups = new ArrayList<>();
        counts.forEach((prediction, count) -> groups.add(RowFactory.create(prediction, count)));
        long ones = counts.get(1.0);
        Row mean = RowFactory.create((double) ones / expected.size());

        grouped("GROUP BY a name", "SELECT " + call + " AS p, count(*) FROM rows GROUP BY p ORDER BY p", groups);
        grouped(
                "GROUP BY the call",
                "SELECT " + call + ", count(*) FROM rows GROUP BY " + call + " ORDER BY " + call,
                groups);
        grouped("avg", "SELECT avg(" + call + ") FROM rows", List.of(mean));
        grouped(
                "HAVING",
                "SELECT count(*) FROM rows GROUP BY " + call + " HAVING " + call + " = 1",
                List.of(RowFactory.create(ones)));
        grouped(
                "HAVING avg",
                "SELECT cast(count(*) AS DOUBLE) / 3000 FROM rows WHERE " + call + " = 1 GROUP BY id < 0 HAVING avg(" + call
                        + ") = 1",
                List.of(mean));
        List<Row> ordered = expected.stream()
                .sorted(Comparator.comparing((Row row) -> -row.getDouble(3)).thenComparing(row -> row.getLong(0)))
                .map(row -> RowFactory.create(row.getLong(0)))
                .toList();
        result(
                "ORDER BY",
                spark.sql("SELECT id FROM rows ORDER BY " + call + " DESC, id")
                        .collectAsList()
                        .equals(ordered));
        result(
                "window",
                spark.sql("SELECT id FROM (SELECT id, row_number() OVER (ORDER BY " + call
                                + " DESC, id) AS place FROM rows) ORDER BY place")
                        .collectAsList()
                        .equals(ordered));
    }

    /** All that a statement computes must be in stages of generated code. */
    private void grouped(String name, String statement, List<Row> rows) {
        Dataset<Row> answer = spark.sql(statement);
        boolean isRight = answer.collectAsList().equals(rows);
        String plan = answer.queryExecution().executedPlan().toString().replaceFirst("(?s)== Initial Plan ==.*", "");
        boolean isGenerated = plan.contains("HashAggregate")
                && plan.lines()
                        .filter(line -> line.contains("HashAggregate") || line.contains("Project"))
                        .allMatch(line -> line.matches("[ :+-]*\\*\\(\\d+\\).*"));
        result(name, isRight && isGenerated);
        if (!isRight || !isGenerated) {
            System.out.println(plan);
        }
    }

    private void casts() {
        List<Row> cast = spark.sql("SELECT id, cast(cast(mlflow_predict('" + uri + "', struct(*)) AS INT) AS DOUBLE) FROM rows")
                .collectAsList();
        result("cast in SQL", cast.size() == expected.size() && sortedById(cast).equals(predictions(expected)));
        result(
                "cast of a column",
                sorted(table().select(
                                        functions.col("id"),
                                        MlflowSpark.predictFunction(spark, uri)
                                                .apply(functions.struct(functions.col("*")))
                                                .cast("int")
                                                .cast("double")))
                        .equals(predictions(expected)));
    }

    private void registeredClass() {
        spark.udf().registerJava("by_class", "io.sparkmlflow.MlflowPredictUdf", DataTypes.DoubleType);
        result(
                "registered class",
                sorted(spark.sql("SELECT id, by_class('" + uri + "', struct(*)) FROM rows"))
                        .equals(predictions(expected)));
    }

    private void stream() throws Exception {
        String out = folder.resolve("streamed").toString();
        spark.readStream()
                .schema(table().schema())
                .parquet(folder.resolve("rows").toString())
                .selectExpr("id", "mlflow_predict('" + uri + "', struct(*)) AS prediction")
                .writeStream()
                .format("parquet")
                .option("checkpointLocation", folder.resolve("checkpoint").toString())
                .trigger(Trigger.AvailableNow())
                .start(out)
                .awaitTermination();
        result("stream", sorted(spark.read().parquet(out)).equals(predictions(expected)));
    }

    private void deletedVersion() {
        ModelInfo info = MlflowSpark.logModel(
                MlflowSpark.loadModel(uri),
                "model",
                ModelOptions.builder()
                        .trainingData(table().drop("id"))
                        .registeredModelName("scored")
                        .alias("champion")
                        .build());
        result(
                "registered model",
                sorted(spark.sql("SELECT id, mlflow_predict('models:/scored@champion', struct(*)) FROM rows"))
                        .equals(predictions(expected)));
        try (MlflowClient client = new MlflowClient(spark.conf().get("spark.mlflow.trackingUri"))) {
            client.deleteModelVersion("scored", info.version().version());
        }
        refused("deleted version", "models:/scored/" + info.version().version());
        refused("deleted alias", "models:/scored@champion");
    }

    /** A file of the forest's trees is cut in half. */
    private void corruptModel() throws Exception {
        Path broken = folder.resolve("broken");
        try (Stream<Path> files = Files.walk(Path.of(uri))) {
            for (Path file : files.toList()) {
                Path copy = broken.resolve(Path.of(uri).relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                    continue;
                }
                byte[] bytes = Files.readAllBytes(file);
                boolean cut = file.toString().contains("rfc_") && file.toString().contains("data")
                        && file.toString().endsWith(".parquet");
                Files.write(copy, cut ? java.util.Arrays.copyOf(bytes, bytes.length / 2) : bytes);
                Files.deleteIfExists(copy.resolveSibling("." + copy.getFileName() + ".crc"));
            }
        }
        try (Stream<Path> files = Files.walk(broken)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".crc")).toList()) {
                Files.delete(file);
            }
        }
        refused("corrupt model", broken.toString());
    }

    private void refused(String name, String model) {
        try {
            spark.sql("SELECT mlflow_predict('" + model + "', struct(*)) FROM rows").collectAsList();
        } catch (Exception e) {
            System.out.println("RESULT " + name + ": " + e.getMessage().lines().findFirst().orElse(""));
        }
    }

    /** What the other Spark's transform gave is what the function gives here. */
    private void modelOfAnotherSpark(Path other) {
        Dataset<Row> rows = spark.read().parquet(other.resolve("rows").toString());
        List<Row> theirs = sorted(spark.read().parquet(other.resolve("expected").toString()));
        List<Row> ours = sorted(rows.selectExpr("id", "mlflow_predict_struct('" + other.resolve("model") + "', struct(*)) AS row")
                .selectExpr("id", "row.rawPrediction", "row.probability", "row.prediction"));
        result("model of another Spark", ours.equals(theirs));
    }

    private void delta() throws Exception {
        String table = "delta.`" + folder.resolve("delta") + "`";
        table().withColumn("prediction", functions.lit(-1.0))
                .where("id < 2000")
                .write()
                .format("delta")
                .save(folder.resolve("delta").toString());
        String call = "mlflow_predict('" + uri + "', s.plan, s.x, s.y, s.text)";
        spark.sql("MERGE INTO " + table + " t USING rows s ON t.id = s.id"
                + " WHEN MATCHED AND " + call + " = 1.0 THEN UPDATE SET prediction = " + call
                + " WHEN MATCHED THEN UPDATE SET prediction = 0.0"
                + " WHEN NOT MATCHED THEN INSERT (id, plan, x, y, text, label, prediction)"
                + " VALUES (s.id, s.plan, s.x, s.y, s.text, s.label, " + call + ")");
        result("Delta merge", sorted(spark.sql("SELECT id, prediction FROM " + table)).equals(predictions(expected)));
        spark.sql("UPDATE " + table + " SET prediction = 1 - mlflow_predict('" + uri + "', plan, x, y, text)");
        result(
                "Delta update",
                sorted(spark.sql("SELECT id, 1 - prediction FROM " + table)).equals(predictions(expected)));
    }

    /** Eight threads call four models, of which the budget holds none for longer than it is in use. */
    private void eviction() throws Exception {
        long first = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(0).id();
        table().coalesce(4).createOrReplaceTempView("few");
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {
                    new VectorAssembler().setInputCols(new String[] {"x", "y"}).setOutputCol("features"),
                    new RandomForestClassifier().setNumTrees(20).setMaxDepth(8).setSeed(1)
                })
                .fit(table());
        List<Row> right = sorted(model.transform(table()).select("id", "prediction"));
        List<String> queries = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String one = folder.resolve("evicted-" + i).toString();
            MlflowSpark.saveModel(model, one);
            queries.add("SELECT id, mlflow_predict('" + one + "', struct(*)) FROM few");
        }
        spark.conf().set("spark.mlflow.functions.cacheBytes", "1");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<Boolean>> answers = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            String query = queries.get(i % queries.size());
            answers.add(threads.submit(() -> sorted(spark.sql(query)).equals(right)));
        }
        boolean isRight = true;
        for (Future<Boolean> answer : answers) {
            isRight &= answer.get();
        }
        threads.shutdown();
        for (String query : queries) {
            isRight &= sorted(spark.sql(query)).equals(right);
        }
        result("queries while their models are evicted", isRight);
        System.out.println("RESULT executors keep since " + first + ": " + keptByExecutors(first));
    }

    /** Returns the broadcasts that are still in an executor when those that nobody refers to are gone. */
    private List<Long> keptByExecutors(long first) throws InterruptedException {
        List<Long> kept = broadcastsInExecutors(first);
        int unchanged = 0;
        for (int i = 0; i < 100 && unchanged < 5; i++) {
            System.gc();
            Thread.sleep(200);
            List<Long> now = broadcastsInExecutors(first);
            unchanged = now.equals(kept) ? unchanged + 1 : 0;
            kept = now;
        }
        return kept;
    }

    private List<Long> broadcastsInExecutors(long first) {
        long next = JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(0).id();
        List<Long> kept = new ArrayList<>();
        for (long id = first; id < next; id++) {
            scala.collection.Iterator<BlockManagerId> places = SparkEnv.get()
                    .blockManager()
                    .master()
                    .getLocations(new BroadcastBlockId(id, "piece0"))
                    .iterator();
            boolean inExecutor = false;
            while (places.hasNext()) {
                inExecutor |= !places.next().isDriver();
            }
            if (inExecutor) {
                kept.add(id);
            }
        }
        return kept;
    }

    private void remotely(String port, String classPath) throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process client = new ProcessBuilder(
                        java,
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-Dio.netty.tryReflectionSetAccessible=true",
                        "-cp",
                        classPath,
                        "ScoreRemotely",
                        port,
                        folder.toString())
                .inheritIO()
                .start();
        result("client of Spark Connect", client.waitFor() == 0);
    }

    private static List<Row> predictions(List<Row> rows) {
        return rows.stream()
                .map(row -> RowFactory.create(row.getLong(0), row.getDouble(3)))
                .toList();
    }

    private static List<Row> sorted(Dataset<Row> rows) {
        return sortedById(rows.collectAsList());
    }

    private static List<Row> sortedById(List<Row> rows) {
        return rows.stream()
                .sorted(Comparator.comparingLong(row -> row.getLong(0)))
                .toList();
    }

    private static void result(String name, boolean isAsItShouldBe) {
        System.out.println((isAsItShouldBe ? "RESULT " : "WRONG ") + name);
    }
}
