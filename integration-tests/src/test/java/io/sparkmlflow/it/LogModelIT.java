package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A model that PySpark logs through the JVM's {@code MlflowSpark} to a real server, with all options: what the real MLflow
 * makes of it, and what its web page finds.
 */
class LogModelIT {
    private static MlflowServer server;
    private static Outcome outcome;
    private static JsonNode seen;

    @BeforeAll
    static void logFromPySpark() {
        Path directory = Checkout.newWorkFolder("log-model");
        server = MlflowServer.start(directory, "sqlite:///" + directory.resolve("server.db"));
        outcome = PythonMlflow.outcome(
                directory,
                Map.of(),
                "log_from_pyspark.py",
                server.uri(),
                Distribution.inVenv().bundle());
        seen = PythonMlflow.json(outcome);
    }

    @AfterAll
    static void stopTheServer() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void everyUriLoadsInPythonAndPredictsTheSame() {
        assertThat(seen.get("same")).hasSize(5).allSatisfy(same -> assertThat(same.asBoolean())
                .isTrue());
    }

    @Test
    void theJvmLoadsByEveryKindOfUri() {
        for (String kind : List.of(
                "version",
                "stage",
                "stage in small letters",
                "latest",
                "alias",
                "logged model",
                "run",
                "path of a version",
                "path of a stage",
                "path of the latest",
                "path of an alias",
                "path of a run",
                "path on the server")) {
            assertThat(loaded(kind)).as(kind).isEqualTo("same");
        }
    }

    @Test
    void whatIsNotThereIsNamed() {
        assertThat(loaded("no such stage")).contains("from-pyspark", "Staging");
        assertThat(loaded("no such alias")).contains("nobody");
        assertThat(loaded("no such version")).contains("from-pyspark", "7");
        assertThat(loaded("no such model")).contains("nobody");
        assertThat(loaded("no such logged model")).contains("m-000");
        assertThat(loaded("no such path")).startsWith("There is no model at models:/nested/1/other (");
        assertThat(loaded("not a model"))
                .startsWith("There is no file MLmodel at models:/nested/1 (")
                .endsWith("): it is not the folder of an MLflow model");
    }

    @Test
    void theSignatureHasTheNeededInputsAndAllOutputs() {
        assertThat(names("inputs")).containsExactly("age", "income", "city");
        assertThat(names("outputs"))
                .containsExactly("cityIndex", "features", "rawPrediction", "probability", "prediction");
    }

    @Test
    void pyfuncPredictsAndEnforcesTheSignature() {
        assertThat(seen.get("pyfunc").asBoolean()).isTrue();
        assertThat(seen.get("missing_column").asText()).contains("Model is missing inputs ['age']");
        assertThat(seen.get("wrong_type").asText()).contains("Incompatible input types for column age");
    }

    @Test
    void nestedTypesAreInTheSignatureAndAColumnWithoutATypeIsNamedInTheLog() {
        assertThat(seen.at("/enforced/inputs").toString())
                .isEqualTo("[{\"type\":\"double\",\"name\":\"price\",\"required\":true},"
                        + "{\"type\":\"object\",\"properties\":{\"number\":{\"type\":\"long\",\"required\":true},"
                        + "\"street\":{\"type\":\"string\",\"required\":false}},\"name\":\"address\",\"required\":true},"
                        + "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"name\":\"tags\",\"required\":true},"
                        + "{\"type\":\"map\",\"values\":{\"type\":\"long\"},\"name\":\"counts\",\"required\":true}]");
        assertThat(outcome.stderr())
                .contains("no type for column 'price' of type decimal(10,2): it is described as double");
    }

    @Test
    void pythonEnforcesNestedTypesAndOptionalColumns() {
        assertThat(answers("nothing", "decimal", "no nullable field", "no optional column", "optional column"))
                .containsOnly("taken");
        assertThat(answer("text as price")).contains("Incompatible input types for column price");
        assertThat(answer("no column")).contains("Model is missing inputs ['tags']");
        assertThat(answer("no field")).contains("Missing required properties: {'number'}");
        assertThat(answer("text as field")).contains("key `number`. Expected type long, received type str");
        assertThat(answer("unknown field")).contains("Invalid properties not defined in the schema found: {'zip'}");
        assertThat(answer("numbers as tags")).contains("Can not safely convert int64 to");
        assertThat(answer("text as tags")).contains("Expected data to be list or numpy array, got str");
        assertThat(answer("texts as counts")).contains("Failed to enforce schema of data `x` with dtype `long`");
        assertThat(answer("list as counts")).contains("Expected data to be a dict, got list");
        assertThat(answer("number as optional column")).contains("Incompatible input types for column note");
    }

    @Test
    void aModelOfSparkConnectIsExplained() {
        assertThat(seen.get("connect").asText())
                .contains("is a pyspark.ml.connect.pipeline.PipelineModel, which exists in Python only")
                .contains("mlflow.spark.load_model");
    }

    @Test
    void theExampleIsReadAndServed() {
        assertThat(seen.get("pyfunc_on_example").asInt()).isEqualTo(5);
        assertThat(seen.get("serving_example").asInt()).isEqualTo(5);
    }

    @Test
    void everythingElseThatWasAskedForIsThere() {
        assertThat(seen.get("metadata").toString()).isEqualTo("{\"limits\":[1,2],\"team\":\"a\"}");
        assertThat(seen.get("requirements").valueStream().map(JsonNode::asText))
                .containsExactly(
                        "mlflow==" + Checkout.property("it.mlflow.version"),
                        "pyspark==" + Distribution.inVenv().version(),
                        "numpy");
        assertThat(seen.get("registered_model_meta").asText())
                .contains("model_name: from-pyspark")
                .containsPattern("model_version: '?1'?");
        assertThat(seen.get("code").asInt()).isEqualTo(42);
        assertThat(seen.get("status").asText()).isEqualTo("FINISHED");
    }

    @Test
    void anUnknownOptionIsAClearError() {
        assertThat(seen.get("unknown_option").asText())
                .contains("There is no option 'nam': expected one of alias, await_registration_for, code_paths");
    }

    @Test
    void theRunsPageFindsTheModelAndItsFiles() {
        assertThat(seen.at("/history/0/artifact_path").asText()).isEqualTo("model");
        assertThat(seen.at("/history/0/flavors").has("spark")).isTrue();
        String query = "query Run($input: MlflowGetRunInput!) { mlflowGetRun(input: $input) { run {"
                + " outputs { modelOutputs { modelId step } } modelVersions { name version status source } } } }";
        JsonNode run = server.postJson(
                        "/graphql", Map.of("query", query, "variables", Map.of("input", Map.of("runId", runId()))))
                .at("/data/mlflowGetRun/run");
        assertThat(run.at("/outputs/modelOutputs/0/modelId").asText()).isEqualTo(modelId());
        assertThat(run.at("/modelVersions/0/name").asText()).isEqualTo("from-pyspark");
        assertThat(paths(server.getJson("/ajax-api/2.0/mlflow/artifacts/list?run_id=" + runId() + "&path=model")))
                .contains("model/MLmodel", "model/sparkml", "model/code", "model/registered_model_meta");
    }

    @Test
    void theModelsPageFindsTheModelAndItsFiles() {
        JsonNode model = server.getJson("/ajax-api/2.0/mlflow/logged-models/" + modelId())
                .at("/model/info");
        assertThat(model.get("name").asText()).isEqualTo("model");
        assertThat(model.get("status").asText()).isEqualTo("LOGGED_MODEL_READY");
        assertThat(model.get("source_run_id").asText()).isEqualTo(runId());
        assertThat(paths(server.getJson("/ajax-api/2.0/mlflow/logged-models/" + modelId() + "/artifacts/directories")))
                .contains("MLmodel", "sparkml", "input_example.json");
    }

    @Test
    void theRegistrysPageLinksToBoth() {
        JsonNode version = server.getJson("/ajax-api/2.0/mlflow/model-versions/get?name=from-pyspark&version=1")
                .get("model_version");
        assertThat(version.get("status").asText()).isEqualTo("READY");
        assertThat(version.get("run_id").asText()).isEqualTo(runId());
        assertThat(version.get("source").asText()).isEqualTo("models:/" + modelId());
        assertThat(version.get("aliases").toString()).isEqualTo("[\"champion\"]");
    }

    private static String runId() {
        return seen.get("run_id").asText();
    }

    private static String modelId() {
        return seen.get("model_id").asText();
    }

    private static String loaded(String kind) {
        return seen.at("/loaded/" + kind).asText();
    }

    private static String answer(String change) {
        return seen.at("/enforced/answers/" + change).asText();
    }

    private static List<String> answers(String... changes) {
        return Stream.of(changes).map(LogModelIT::answer).toList();
    }

    private static List<String> names(String part) {
        return seen.get(part)
                .valueStream()
                .map(column -> column.get("name").asText())
                .toList();
    }

    private static List<String> paths(JsonNode listing) {
        return listing.get("files")
                .valueStream()
                .map(file -> file.get("path").asText())
                .toList();
    }
}
