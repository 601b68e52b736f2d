package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Models of scikit-learn and of plain Python, which the real MLflow logged, give in Spark what they give in Python. */
class PythonModelsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DIRECTORY = Checkout.newWorkFolder("python-models");
    private static final Path ENVIRONMENTS = DIRECTORY.resolve("environments");
    private static final String STORE = PythonMlflow.defaultStore(DIRECTORY);

    private static JsonNode python;
    private static JsonNode spark;
    private static Outcome program;

    /** On executors of their own, which have none of the driver's files. */
    @BeforeAll
    static void logAndScore() throws IOException {
        Outcome logged = PythonMlflow.outcome(
                DIRECTORY,
                Map.of("PYTHONPATH", Checkout.onnxPackages().toString()),
                "log_python_models.py",
                STORE,
                Checkout.trainingTable(),
                Checkout.heldOutTable());
        python = PythonMlflow.json(logged);
        Distribution distribution = Distribution.inVenv();
        Path answer = DIRECTORY.resolve("scored.json");
        program = SparkCommand.submit(
                        distribution,
                        "PythonModels",
                        Programs.jarWithBundle(distribution, DIRECTORY, "PythonModels.java"),
                        Checkout.heldOutTable(),
                        DIRECTORY,
                        answer)
                .withBundle()
                .jars(Checkout.copiedJar("onnxruntime"))
                .forTinyData()
                .onCluster(2, DIRECTORY)
                .conf("spark.sql.extensions", "io.sparkmlflow.MlflowSparkExtensions")
                .conf("spark.mlflow.trackingUri", STORE)
                .conf("spark.pyspark.python", Checkout.python().toString())
                .conf("spark.mlflow.functions.envRoot", ENVIRONMENTS.toString())
                .conf("spark.task.maxFailures", "1")
                .environment("PIP_NO_INDEX", "1")
                .environment("PIP_FIND_LINKS", DIRECTORY.resolve("wheels").toString())
                .run(DIRECTORY)
                .assertSucceeded();
        spark = JSON.readTree(answer.toFile());
    }

    @Test
    void aForestPredictsAsInPython() {
        assertThat(python.get("forest")).hasSize(142);
        for (String way : List.of("struct", "columns", "view", "named", "function", "ignored")) {
            assertThat(spark.get(way)).as(way).isEqualTo(python.get("forest"));
        }
        assertThat(spark.get("unsigned").valueStream().map(JsonNode::asLong))
                .containsExactlyElementsOf(
                        python.get("forest").valueStream().map(JsonNode::asLong).toList());
        assertThat(spark.get("stream")).hasSize(142);
        assertThat(sum(spark.get("stream"))).isEqualTo(sum(python.get("forest")));
    }

    @Test
    void theFunctionWorksInFiltersAndGroups() {
        long ones = sum(python.get("forest"));
        assertThat(spark.get("groups").toString()).isEqualTo("[[0," + (142 - ones) + "],[1," + ones + "]]");
        assertThat(spark.at("/filter/0/1").asLong() + spark.at("/filter/1/1").asLong())
                .isEqualTo(ones);
        assertThat(spark.get("integers")).hasSize(1);
    }

    @Test
    void aModelOfArraysTakesColumnsOrAnArray() {
        assertThat(spark.get("tensor")).isEqualTo(python.get("line"));
        assertThat(spark.get("array")).isEqualTo(python.get("line"));
    }

    @Test
    void severalOutputsAreAStructAndFollowTheParams() {
        assertThat(spark.get("row")).isEqualTo(python.get("grader"));
        assertThat(spark.get("transform")).isEqualTo(python.get("grader"));
        assertThat(spark.get("params")).isEqualTo(python.get("grader with params"));
        assertThat(spark.get("text params").valueStream().map(row -> row.get(1).asText()))
                .containsOnly("low");
    }

    /** To the last bit, because here as there a session has one thread, and gets many rows at once. */
    @Test
    void onnxModelsPredictAsInPython() {
        assertThat(spark.get("label")).isEqualTo(python.get("label")).hasSize(142);
        assertThat(spark.get("classifier of doubles")).isEqualTo(python.get("label"));
        assertThat(spark.get("probabilities")).hasSize(142);
        for (int i = 0; i < 142; i++) {
            List<Float> expected = floats(python.at("/probabilities/" + i));
            assertThat(floats(spark.at("/probabilities/" + i))).isEqualTo(expected);
            assertThat(floats(spark.at("/onnx transform/" + i + "/1"))).isEqualTo(expected);
        }
        assertThat(floats(spark.get("regression"))).isEqualTo(floats(python.get("regression")));
        assertThat(floats(spark.get("total"))).isEqualTo(floats(python.get("total")));
        assertThat(spark.at("/onnx null/0").asText()).isEqualTo("NaN");
    }

    @Test
    void whatCannotBeDoneIsOneSentenceAtAnalysis() {
        assertRefused(
                "missing",
                "The model models:/forest@champion needs the columns mean_texture, mean_smoothness, which"
                        + " the call doesn't give; given: struct<diagnosis:string,mean_radius:double>; the model reads:"
                        + " mean_radius, mean_texture, mean_smoothness");
        assertRefused(
                "type",
                "The model models:/forest@champion takes the column mean_radius as double, but was given"
                        + " string; cast it if that loses nothing");
        assertRefused(
                "count",
                "The model models:/forest@champion takes 3 columns (mean_radius, mean_texture,"
                        + " mean_smoothness) but was given 1; give them in this order, or give struct(*)");
        assertRefused(
                "two outputs",
                "The model models:/grader@champion has no single prediction, its outputs are [score,"
                        + " grade]; ask for all of them with mlflow_predict_struct");
        assertRefused(
                "param",
                "The model models:/grader@champion has no param 'facto'; it has: factor (double, default"
                        + " 1.0), name (string, default \"high\"), limits (a list of double, default [500.0])");
        assertRefused(
                "value",
                "The param 'factor' of the model models:/grader@champion takes double, not x; its default" + " is 1.0");
        assertRefused(
                "onnx width",
                "The model models:/classifier@champion takes 3 columns, whose names its signature"
                        + " doesn't say, but was given 1");
        assertRefused(
                "environment",
                "The model models:/forest@champion can't be loaded: it is run by Python, and"
                        + " spark.mlflow.functions.envManager=conda can't be followed: it is local, the Python of Spark's workers,"
                        + " or virtualenv, an environment that each node makes of the model's requirements.txt");
        assertRefused(
                "width",
                "The model models:/line@champion takes 3 columns, whose names its signature doesn't say, but"
                        + " was given 1: struct<mean_radius:double>; give just these, in their order");
    }

    @Test
    void anotherEnvironmentIsSaidOnce() {
        assertThat(program.ourWarnings().stream().filter(line -> line.contains("scikit-learn 0.24.1 (has ")))
                .hasSize(1);
        assertThat(program.ourWarnings().stream().filter(line -> line.contains("The params [alpha] are ignored")))
                .hasSize(1);
        assertThat(program.ourWarnings()).hasSize(2);
    }

    /** Two executors, which share a disk, want it at the same time. */
    @Test
    void aNodeMakesTheEnvironmentOfAModelOnce() throws IOException {
        assertThat(spark.get("multiplied")).isEqualTo(python.get("multiplied")).hasSize(142);
        try (Stream<Path> made = Files.list(ENVIRONMENTS)) {
            List<Path> complete = made.filter(folder -> Files.exists(folder.resolve("complete")))
                    .toList();
            assertThat(complete).hasSize(1);
            assertThat(Files.readAllLines(ENVIRONMENTS.resolve(complete.get(0).getFileName() + ".log")).stream()
                            .filter(line -> line.startsWith("Successfully installed")))
                    .singleElement()
                    .asString()
                    .contains("spark-mlflow-factor-2.0");
        }
    }

    @Test
    void whatPipCannotInstallFailsTheQueryWithPipsWords() {
        assertThat(spark.get("impossible").asText())
                .containsPattern("The model \\S+ can't get its Python environment on this node:"
                        + " Python could not install the model's requirements in \\S+/environments/spark-mlflow-\\w+, and"
                        + " said: ERROR: Could not find a version that satisfies the requirement"
                        + " spark-mlflow-factor==9.0 \\(from versions: 2.0\\) ERROR: No matching distribution found for"
                        + " spark-mlflow-factor==9.0 \\(all of it is in ");
    }

    @Test
    void theOldestSparkPredictsTheSameFromSql() {
        Distribution oldest = Distribution.oldest();
        String statements = "CREATE TEMPORARY VIEW holdout USING csv OPTIONS (path '" + Checkout.heldOutTable()
                + "', header 'true', inferSchema 'true');"
                + " SELECT 'forest', mlflow_predict('models:/forest@champion', struct(*)) FROM holdout;"
                + " SELECT 'grade', row.score, row.grade FROM (SELECT mlflow_predict_struct('models:/grader@champion',"
                + " struct(*), named_struct('factor', 0.5, 'name', 'top', 'limits', array(400))) AS row FROM holdout);"
                + " SET spark.mlflow.functions.envManager=virtualenv;"
                + " SELECT 'multiplied', p FROM (SELECT mlflow_predict('models:/multiplied@champion', mean_radius) AS p"
                + " FROM holdout) ORDER BY p;";
        Outcome outcome = SparkCommand.sql(oldest, statements)
                .forTinyData()
                .conf("spark.mlflow.trackingUri", STORE)
                .conf("spark.mlflow.functions.envRoot", ENVIRONMENTS.toString())
                .environment("PYSPARK_PYTHON", Checkout.python().toString())
                .run(DIRECTORY)
                .assertSucceeded();
        assertThat(outcome.stdoutLines().stream()
                        .filter(line -> line.startsWith("multiplied\t"))
                        .map(line -> Double.parseDouble(line.split("\t")[1])))
                .containsExactlyElementsOf(python.get("multiplied")
                        .valueStream()
                        .map(JsonNode::asDouble)
                        .toList());
        assertThat(outcome.stdoutLines().stream()
                        .filter(line -> line.startsWith("forest\t"))
                        .map(line -> Long.parseLong(line.split("\t")[1])))
                .containsExactlyElementsOf(
                        python.get("forest").valueStream().map(JsonNode::asLong).toList());
        assertThat(outcome.stdoutLines().stream()
                        .filter(line -> line.startsWith("grade\t"))
                        .map(line -> line.split("\t"))
                        .map(cells -> Double.parseDouble(cells[1]) + cells[2]))
                .containsExactlyElementsOf(python.get("grader with params")
                        .valueStream()
                        .map(row -> row.get(0).asDouble() + row.get(1).asText())
                        .toList());
    }

    private static void assertRefused(String what, String message) {
        assertThat(spark.get("refused " + what).asText()).startsWith(message);
    }

    /** Python writes a float as the double that it is, Java as short as can be. */
    private static List<Float> floats(JsonNode numbers) {
        return numbers.valueStream().map(number -> (float) number.asDouble()).toList();
    }

    private static long sum(JsonNode numbers) {
        return numbers.valueStream().mapToLong(JsonNode::asLong).sum();
    }
}
