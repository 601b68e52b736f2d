package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.Table;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The same program of calls against each kind of store; the real Python client and ours then read the same, field by field. */
class ClientApiIT {
    private static Path directory;
    private static MlflowServer server;
    private static List<String> stores;

    @BeforeAll
    static void startServer() {
        directory = Checkout.newWorkFolder("client-api");
        server = MlflowServer.start(directory, "sqlite:///" + directory.resolve("server.db"));
        stores = List.of(
                "sqlite:///" + directory.resolve("embedded.db"),
                PostgresServer.shared().newDatabase(),
                MariaDbServer.shared().newDatabase(),
                server.uri());
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    /** One Python for all stores: it takes most of the time to start. */
    @Test
    void pythonReadsWhatWeWrote() {
        for (String uri : stores) {
            try (MlflowClient client = new MlflowClient(uri)) {
                logEverything(client, "java-made", "java-model");
            }
        }
        assertWeRead(python("describe_api.py", "java-made", "java-model"), "java-made", "java-model");
    }

    @Test
    void weReadWhatPythonWrote() {
        assertWeRead(python("log_api.py", "python-made", "python-model"), "python-made", "python-model");
    }

    /** Returns what Python reads in each store. */
    private static JsonNode python(String script, String experimentName, String modelName) {
        List<Object> arguments = new ArrayList<>(List.of(experimentName, modelName));
        arguments.addAll(stores);
        return PythonMlflow.run(directory, script, arguments.toArray());
    }

    private static void assertWeRead(JsonNode pythons, String experimentName, String modelName) {
        assertThat(pythons).hasSize(stores.size());
        for (int i = 0; i < stores.size(); i++) {
            try (MlflowClient client = new MlflowClient(stores.get(i))) {
                JsonNode ours = ApiDescription.of(client, experimentName, modelName);
                String store = MlflowConfig.withoutUserInfo(stores.get(i));
                assertThat(pythons.get(i)).as(store).isEqualTo(ours);
                assertHasEverything(ours);
            }
        }
    }

    /** What {@code log_api.py} does. */
    private static void logEverything(MlflowClient client, String experimentName, String modelName) {
        String location = client.tracking().uri().startsWith("http")
                ? null
                : directory.resolve("artifacts").toString();
        String experiment = client.createExperiment("to be renamed", location, Map.of("team", "red"));
        client.renameExperiment(experiment, experimentName);
        String main = client.createRun(new CreateRun(experiment, "main", "me", 500, Map.of("kind", "main")))
                .info()
                .runId();
        for (int step = 0; step < 5; step++) {
            client.logMetric(main, new Metric("loss", 1.0 / (step + 1), 1000 + step, step));
        }
        client.logBatch(
                main,
                List.of(new Metric("odd", Double.NaN, 1000, 0), new Metric("huge", Double.POSITIVE_INFINITY, 1000, -3)),
                List.of(new Param("depth", "5"), new Param("grüße", "ß")),
                List.of(new Tag("a tag", "with\nlines")));
        Dataset wine = new Dataset("wine", "d1", "local", "{\"path\": \"/data\"}", null, null);
        client.logInputs(main, List.of(new DatasetInput(wine, Map.of("mlflow.data.context", "train"))));
        client.logText(main, "grüße\n", "texts/hello.txt");
        client.logTable(
                main, new Table(List.of("q", "score"), List.of(List.of("a", 0.5), List.of("b", 1.0))), "tables/t.json");
        client.logTable(main, new Table(List.of("q", "score"), List.of(Arrays.asList("c", null))), "tables/t.json");
        LoggedModel model = client.createLoggedModel(
                new CreateLoggedModel(experiment, "forest", "tree", main, Map.of("trees", "3"), Map.of("x", "y")));
        client.logMetric(main, new Metric("auc", 0.9, 2000, 1, model.modelId(), null, null));
        client.finalizeLoggedModel(model.modelId(), LoggedModelStatus.READY);
        client.logOutputs(main, List.of(new ModelOutput(model.modelId(), 1)));
        client.setTerminated(main);
        String child = client.createRun(
                        new CreateRun(experiment, "child", "me", 600, Map.of("mlflow.parentRunId", main)))
                .info()
                .runId();
        client.logInputs(child, List.of(), List.of(new ModelInput(model.modelId())));
        client.setTerminated(child, RunStatus.FAILED);
        client.createRegisteredModel(modelName, "a model", Map.of("owner", "me"));
        client.createModelVersion(new CreateModelVersion(
                modelName, "models:/" + model.modelId(), main, model.modelId(), null, "first", Map.of()));
        client.setModelVersionTag(modelName, 1, "checked", "yes");
        client.setRegisteredModelAlias(modelName, "champion", 1);
        client.copyModelVersion("models:/" + modelName + "@champion", modelName);
    }

    private static void assertHasEverything(JsonNode all) {
        JsonNode main = all.at("/runs/1");
        assertThat(main.get("run_name").asText()).isEqualTo("main");
        assertThat(main.get("status").asText()).isEqualTo("FINISHED");
        assertThat(main.at("/history/loss")).hasSize(5);
        assertThat(main.at("/history/loss/4").toString()).isEqualTo("[0.2,1004,4]");
        assertThat(main.at("/metrics/odd").asText()).isEqualTo("NaN");
        assertThat(main.at("/metrics/huge").asDouble()).isEqualTo(Double.MAX_VALUE);
        assertThat(main.at("/params/grüße").asText()).isEqualTo("ß");
        assertThat(main.at("/tags/a tag").asText()).isEqualTo("with\nlines");
        assertThat(main.at("/tags/mlflow.loggedArtifacts").asText())
                .isEqualTo("[{\"path\": \"tables/t.json\", \"type\": \"table\"}]");
        assertThat(main.at("/inputs/0/tags/mlflow.data.context").asText()).isEqualTo("train");
        assertThat(main.at("/outputs")).hasSize(1);
        assertThat(all.at("/runs/0/status").asText()).isEqualTo("FAILED");
        assertThat(all.at("/runs/0/model_inputs")).hasSize(1);
        assertThat(all.at("/tables/columns").toString()).isEqualTo("[\"q\",\"score\",\"run_id\"]");
        assertThat(all.at("/logged_models/0/status").asText()).isEqualTo("READY");
        assertThat(all.at("/logged_models/0/metrics/0/0").asText()).isEqualTo("auc");
        assertThat(all.at("/registered/aliases/champion").asInt()).isEqualTo(1);
        assertThat(all.at("/versions")).hasSize(2);
        assertThat(all.at("/versions/0/tags/checked").asText()).isEqualTo("yes");
        assertThat(all.at("/text").asText()).isEqualTo("grüße\n");
        assertThat(all.at("/table/rows").toString()).isEqualTo("[[\"a\",0.5],[\"b\",1.0],[\"c\",null]]");
    }

    /** The server does what it is asked, but its answers do not arrive. */
    @Test
    void nothingIsDoubledWhenAnswersAreLost() throws IOException {
        try (FaultServer between = FaultServer.start();
                MlflowClient direct = new MlflowClient(server.uri());
                MlflowClient client = MlflowClient.open(MlflowConfig.of(
                                key -> null,
                                Map.of("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0", "MLFLOW_HTTP_REQUEST_TIMEOUT", "20"))
                        .with(Setting.TRACKING_URI, between.uri()))) {
            between.otherwise(afterwards(FaultServer::json));
            String run = client.createRun("0").info().runId();
            between.then(afterwards(FaultServer::cut), afterwards(answer -> FaultServer.reset()));
            for (int step = 0; step < 1500; step++) {
                client.logMetric(run, "loss", step, step);
            }
            client.flush();
            assertThat(direct.getMetricHistory(run, "loss")).hasSize(1500);

            between.then(afterwards(FaultServer::cut));
            assertThatThrownBy(() -> client.createRegisteredModel("lost-answers"))
                    .isInstanceOf(StoreUnavailableException.class);
            assertThat(client.createRegisteredModel("lost-answers").name()).isEqualTo("lost-answers");
            between.then(afterwards(FaultServer::cut));
            assertThatThrownBy(() -> client.createExperiment("lost-answers"))
                    .isInstanceOf(StoreUnavailableException.class);
            assertThat(direct.getExperimentByName("lost-answers"))
                    .hasValueSatisfying(experiment ->
                            assertThat(client.createExperiment("lost-answers")).isEqualTo(experiment.experimentId()));
            between.then(afterwards(FaultServer::cut));
            String source = "mlflow-artifacts:/0/" + run + "/artifacts/model";
            assertThatThrownBy(() -> client.createModelVersion("lost-answers", source, run))
                    .isInstanceOf(StoreUnavailableException.class);
            assertThat(client.createModelVersion("lost-answers", source, run).version())
                    .isEqualTo(1);
            assertThat(direct.searchModelVersions(SearchModelVersions.all().withFilter("name = 'lost-answers'"))
                            .items())
                    .hasSize(1);
        }
    }

    private static FaultServer.Behaviour afterwards(Function<String, FaultServer.Behaviour> fault) {
        HttpClient http = HttpClient.newHttpClient();
        return exchange -> {
            FaultServer.Request request = exchange.request();
            HttpRequest forwarded = HttpRequest.newBuilder(URI.create(server.uri() + request.target()))
                    .header("Content-Type", "application/json")
                    .method(request.method(), HttpRequest.BodyPublishers.ofByteArray(request.body()))
                    .build();
            try {
                HttpResponse<String> answer = http.send(forwarded, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 200) {
                    return FaultServer.reply(answer.statusCode(), "application/json", answer.body())
                            .act(exchange);
                }
                return fault.apply(answer.body()).act(exchange);
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        };
    }
}
