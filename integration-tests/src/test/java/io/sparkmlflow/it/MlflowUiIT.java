package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.it.Tracked.TrackedRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page of {@code mlflow ui} on our database file: the calls that it makes for a run and its model are answered. */
class MlflowUiIT {
    private static MlflowServer server;
    private static TrackedRun fit;

    @BeforeAll
    static void openTheDatabaseThatWeWrote() {
        Training training = Training.on(Distribution.inVenv());
        fit = training.tracked().fit();
        Path directory = Checkout.newWorkFolder("mlflow-ui");
        server = MlflowServer.start(directory, training.store());
    }

    @AfterAll
    static void stopTheServer() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void servesThePage() {
        assertThat(server.get("/").body()).contains("<title>MLflow</title>");
    }

    @Test
    void listsTheRuns() {
        JsonNode found = server.postJson(
                "/ajax-api/2.0/mlflow/runs/search", Map.of("experiment_ids", List.of("0"), "max_results", 100));
        assertThat(found.get("runs").valueStream().map(run -> run.at("/info/run_id")
                        .asText()))
                .hasSize(2)
                .contains(fit.id());
    }

    @Test
    void showsTheRun() {
        String query =
                "query Run($input: MlflowGetRunInput!) { mlflowGetRun(input: $input) { apiError { message } run {"
                        + " info { runName status artifactUri startTime endTime }"
                        + " experiment { name }"
                        + " data { params { key value } metrics { key value step timestamp } tags { key value } }"
                        + " inputs { datasetInputs { dataset { name digest source } tags { key value } } }"
                        + " modelVersions { name version status source } } } }";
        JsonNode answer = server.postJson(
                "/graphql", Map.of("query", query, "variables", Map.of("input", Map.of("runId", fit.id()))));
        assertThat(answer.get("errors").isNull()).as("%s", answer).isTrue();
        JsonNode run = answer.at("/data/mlflowGetRun/run");
        assertThat(run.at("/info/runName").asText()).isEqualTo(fit.name());
        assertThat(run.at("/info/status").asText()).isEqualTo("FINISHED");
        assertThat(run.at("/experiment/name").asText()).isEqualTo("Default");
        assertThat(run.at("/data/params")).hasSize(fit.params().size());
        assertThat(run.at("/data/metrics")).hasSize(fit.metrics().size());
        assertThat(run.at("/modelVersions/0/name").asText()).isEqualTo(Training.MODEL);
    }

    @Test
    void drawsEveryMetric() {
        assertThat(fit.metrics()).isNotEmpty();
        for (String metric : fit.metrics().keySet()) {
            JsonNode history = server.getJson("/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids="
                    + fit.id() + "&metric_key=" + metric);
            assertThat(history.get("metrics")).as(metric).isNotEmpty();
        }
    }

    @Test
    void browsesTheModelsFiles() {
        JsonNode files = server.getJson("/ajax-api/2.0/mlflow/artifacts/list?run_id=" + fit.id() + "&path=model");
        assertThat(files.get("files").valueStream().map(file -> file.get("path").asText()))
                .contains("model/MLmodel", "model/sparkml");
        assertThat(server.get("/get-artifact?path=model/MLmodel&run_uuid=" + fit.id())
                        .body())
                .contains("flavors:", "python_function:", "spark:");
    }

    @Test
    void showsTheRegisteredModel() {
        JsonNode models = server.getJson("/ajax-api/2.0/mlflow/registered-models/search?max_results=25");
        assertThat(models.at("/registered_models/0/name").asText()).isEqualTo(Training.MODEL);
        JsonNode model = server.getJson("/ajax-api/2.0/mlflow/registered-models/get?name=" + Training.MODEL)
                .get("registered_model");
        assertThat(model.at("/aliases/0/alias").asText()).isEqualTo("champion");
        JsonNode version = server.getJson(
                        "/ajax-api/2.0/mlflow/model-versions/get?name=" + Training.MODEL + "&version=1")
                .get("model_version");
        assertThat(version.get("run_id").asText()).isEqualTo(fit.id());
        assertThat(version.get("status").asText()).isEqualTo("READY");
    }
}
