import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.MlflowSpark;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Scores a table with models that Python made, in every way in which a program can, and writes what comes out as JSON.
 *
 * <p>Arguments: the table as CSV, an empty folder, the file to write.
 */
public final class PythonModels {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FOREST = "models:/forest@champion";
    private static final String GRADER = "models:/grader@champion";

    private final SparkSession spark;
    private final ObjectNode answer = JSON.createObjectNode();

    private PythonModels(SparkSession spark) {
        this.spark = spark;
    }

    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder().appName("python models").getOrCreate();
        PythonModels models = new PythonModels(spark);
        Dataset<Row> holdout = spark.read().option("header", "true").option("inferSchema", "true").csv(args[0]);
        holdout.createOrReplaceTempView("holdout");
        models.otherEnvironment();
        models.sql();
        models.onnx(holdout);
        models.programs(holdout);
        models.refusals();
        models.stream(holdout, args[0], Path.of(args[1]));
        models.ownEnvironments();
        JSON.writeValue(new File(args[2]), models.answer);
        spark.stop();
    }

    private void sql() {
        put("struct", "SELECT mlflow_predict('" + FOREST + "', struct(*)) FROM holdout");
        put(
                "columns",
                "SELECT mlflow_predict('" + FOREST + "', mean_radius, mean_texture, mean_smoothness) FROM holdout");
        put("tensor", "SELECT mlflow_predict('models:/line@champion', mean_radius, mean_texture, mean_smoothness)"
                + " FROM holdout");
        put("array", "SELECT mlflow_predict('models:/line@champion', array(mean_radius, mean_texture, mean_smoothness))"
                + " FROM holdout");
        put("unsigned", "SELECT mlflow_predict('models:/unsigned@champion',"
                + " struct(mean_radius, mean_texture, mean_smoothness)) FROM holdout");
        put("row", "SELECT row.* FROM (SELECT mlflow_predict_struct('" + GRADER + "', struct(*)) AS row FROM holdout)");
        put("params", "SELECT row.* FROM (SELECT mlflow_predict_struct('" + GRADER + "', struct(*),"
                + " named_struct('factor', 0.5, 'name', 'top', 'limits', array(400))) AS row FROM holdout)");
        put("text params", "SELECT row.* FROM (SELECT mlflow_predict_struct('" + GRADER + "', mean_radius, mean_area,"
                + " map('factor', '0.5', 'name', 'low')) AS row FROM holdout)");
        put("filter", "SELECT diagnosis, count(*) FROM holdout WHERE mlflow_predict('" + FOREST + "', struct(*)) = 1"
                + " GROUP BY diagnosis ORDER BY diagnosis");
        String byColumns = "mlflow_predict('" + FOREST + "', mean_radius, mean_texture, mean_smoothness)";
        put("groups", "SELECT " + byColumns + " AS p, count(*) FROM holdout GROUP BY " + byColumns + " ORDER BY p");
        spark.sql("CREATE TEMPORARY VIEW scored AS SELECT diagnosis, mlflow_predict('" + FOREST
                + "', struct(*)) AS p FROM holdout");
        put("view", "SELECT p FROM scored");
        MlflowSpark.registerFunction(spark, "is_malignant", FOREST);
        put("named", "SELECT is_malignant(struct(*)) FROM holdout");
        put("integers", "SELECT mlflow_predict('" + FOREST + "', 14, 20, 0.1)");
    }

    /** ONNX Runtime is on the class path, so no Python runs these. */
    private void onnx(Dataset<Row> holdout) {
        String floats = "float(mean_radius), float(mean_texture), float(mean_smoothness)";
        put("label", "SELECT mlflow_predict('models:/classifier@champion', " + floats + ") FROM holdout");
        put(
                "probabilities",
                "SELECT mlflow_predict_struct('models:/classifier@champion', array(" + floats + ")).probabilities"
                        + " FROM holdout");
        put(
                "classifier of doubles",
                "SELECT mlflow_predict('models:/classifier@champion', mean_radius, mean_texture, mean_smoothness)"
                        + " FROM holdout");
        Dataset<Row> narrowed = holdout.selectExpr(
                "float(mean_radius) AS mean_radius",
                "float(mean_texture) AS mean_texture",
                "float(mean_smoothness) AS mean_smoothness");
        narrowed.createOrReplaceTempView("narrowed");
        put("regression", "SELECT mlflow_predict('models:/regression@champion', struct(*)) FROM narrowed");
        put("total", "SELECT mlflow_predict('models:/total@champion', struct(*)) FROM narrowed");
        put(
                "onnx transform",
                MlflowSpark.transform(narrowed, "models:/classifier@champion").select("label", "probabilities"));
        put("onnx null", "SELECT mlflow_predict('models:/total@champion', mean_radius, NULL) FROM narrowed LIMIT 1");
        refuse("onnx width", "SELECT mlflow_predict('models:/classifier@champion', mean_radius) FROM holdout");
    }

    private void programs(Dataset<Row> holdout) {
        Column all = functions.struct(functions.col("*"));
        put("transform", MlflowSpark.transform(holdout, GRADER).select("score", "grade"));
        put("function", holdout.select(MlflowSpark.predictFunction(spark, FOREST).apply(all)));
        put("ignored", holdout.select(MlflowSpark.predictFunction(spark, FOREST, Map.of("alpha", 1)).apply(all)));
    }

    private void refusals() {
        refuse("missing", "SELECT mlflow_predict('" + FOREST + "', struct(diagnosis, mean_radius)) FROM holdout");
        refuse("type", "SELECT mlflow_predict('" + FOREST + "', diagnosis, mean_texture, mean_smoothness) FROM holdout");
        refuse("count", "SELECT mlflow_predict('" + FOREST + "', mean_radius) FROM holdout");
        refuse("two outputs", "SELECT mlflow_predict('" + GRADER + "', struct(*)) FROM holdout");
        refuse("param", "SELECT mlflow_predict_struct('" + GRADER + "', struct(*), map('facto', 1)) FROM holdout");
        refuse("value", "SELECT mlflow_predict_struct('" + GRADER + "', struct(*), map('factor', 'x')) FROM holdout");
        refuse("width", "SELECT mlflow_predict('models:/line@champion', mean_radius) FROM holdout");
    }

    /** Before the model is loaded; a conf of the session decides. */
    private void otherEnvironment() {
        spark.conf().set("spark.mlflow.functions.envManager", "conda");
        refuse("environment", "SELECT mlflow_predict('" + FOREST + "', struct(*)) FROM holdout");
        spark.conf().unset("spark.mlflow.functions.envManager");
    }

    /** Each of several executors on one node needs it, and so do their tasks. */
    private void ownEnvironments() {
        spark.conf().set("spark.mlflow.functions.envManager", "virtualenv");
        String rows = "(SELECT /*+ REPARTITION(4) */ mean_radius FROM holdout)";
        put("multiplied", "SELECT mlflow_predict('models:/multiplied@champion', mean_radius) AS p FROM " + rows
                + " ORDER BY p");
        try {
            spark.sql("SELECT mlflow_predict('models:/impossible@champion', mean_radius) FROM holdout").collectAsList();
        } catch (Exception e) { // Spark declares no exceptions; this one is a checked one.
            answer.put("impossible", e.getMessage());
        }
        spark.conf().unset("spark.mlflow.functions.envManager");
    }

    private void stream(Dataset<Row> holdout, String csv, Path folder) throws Exception {
        Path in = Files.createDirectories(folder.resolve("in"));
        Files.copy(Path.of(csv), in.resolve("holdout.csv"));
        Dataset<Row> rows =
                spark.readStream().schema(holdout.schema()).option("header", "true").csv(in.toString());
        rows.selectExpr("mlflow_predict('" + FOREST + "', struct(*)) AS p")
                .writeStream()
                .option("checkpointLocation", folder.resolve("checkpoint").toString())
                .trigger(Trigger.AvailableNow())
                .start(folder.resolve("out").toString())
                .awaitTermination();
        put("stream", spark.read().parquet(folder.resolve("out").toString()));
    }

    private void put(String name, String query) {
        put(name, spark.sql(query));
    }

    private void put(String name, Dataset<Row> data) {
        List<Object> rows = new ArrayList<>();
        for (Row row : data.collectAsList()) {
            List<Object> cells = new ArrayList<>();
            for (int i = 0; i < row.size(); i++) {
                Object value = row.get(i);
                cells.add(value instanceof scala.collection.Seq<?> ? row.getList(i) : value);
            }
            rows.add(cells.size() == 1 ? cells.get(0) : cells);
        }
        answer.set(name, JSON.valueToTree(rows));
    }

    private void refuse(String name, String query) {
        String message;
        try {
            spark.sql(query);
            message = "no error";
        } catch (Exception e) { // Scala declares no exceptions; this one is a checked one.
            message = e.getMessage();
        }
        answer.put("refused " + name, message);
    }
}
