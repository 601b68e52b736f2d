package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A model that PySpark logs through the JVM's {@code MlflowSpark} to a real server, with all options: what the real MLflow
 * makes of it, and what its web page finds.
 */
class LogModelIT {
    private static MlflowServer server;
    private static JsonNode seen;

    @BeforeAll
    static void logFromPySpark() {
        Path directory = Checkout.newWorkFolder("log-model");
        server = MlflowServer.start(directory, "sqlite:///" + directory.resolve("server.db"));
        seen = PythonMlflow.run(
                directory,
                "log_from_pyspark.py",
                server.uri(),
                Distribution.inVenv().bundle());
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
