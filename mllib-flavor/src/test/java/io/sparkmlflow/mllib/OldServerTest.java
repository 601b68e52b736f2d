package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server as MLflow 2 has it: no route for logged models, answered as Flask or as a gateway answers an unknown route. */
class OldServerTest {
    private static final String RUN = """
            {"run": {"info": {"run_id": "0123", "experiment_id": "1", "status": "RUNNING", "start_time": 1,
              "lifecycle_stage": "active", "artifact_uri": "%s"}, "data": {}}}""";

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private String refusal;

    @TempDir
    Path directory;

    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/api/2.0/mlflow/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void keepsTheModelWithItsRunAlone() throws IOException {
        for (String answer : List.of(
                "{\"error_code\": \"ENDPOINT_NOT_FOUND\", \"message\": \"No API found\"}",
                "<!doctype html><title>404 Not Found</title>")) {
            refusal = answer;
            requests.clear();

            ModelInfo info = log(ModelOptions.NONE);

            assertThat(info.modelId()).as(answer).isNull();
            assertThat(info.modelUri()).isEqualTo("runs:/0123/model");
            assertThat(directory.resolve("artifacts/model/MLmodel")).exists();
            assertThat(requests)
                    .contains("/api/2.0/mlflow/logged-models", "/api/2.0/mlflow/runs/log-model")
                    .noneMatch(path -> path.contains("outputs"));
        }
    }

    @Test
    void failsWhereTheLoggedModelIsAllThatIsWanted() {
        refusal = "{\"error_code\": \"ENDPOINT_NOT_FOUND\", \"message\": \"No API found\"}";

        assertThatThrownBy(() -> log(ModelOptions.builder()
                        .loggedModel(LoggedModelMode.LOGGED_MODEL)
                        .build()))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("No API found");
        assertThat(directory.resolve("artifacts")).doesNotExist();
    }

    private ModelInfo log(ModelOptions options) throws IOException {
        Path folder = Files.createTempDirectory(directory, "staged");
        new MlModel().setFlavor("spark", Map.of("model_data", "sparkml")).write(folder);
        try (MlflowClient client =
                new MlflowClient("http://localhost:" + server.getAddress().getPort())) {
            return new ModelLog(client, "0123", "model", new SavedModel(folder)).log(options);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        requests.add(path);
        boolean unknown = path.contains("logged-models");
        String body =
                unknown ? refusal : path.endsWith("runs/get") ? RUN.formatted(directory.resolve("artifacts")) : "{}";
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Content-Type", body.startsWith("<") ? "text/html" : "application/json");
        exchange.sendResponseHeaders(unknown ? 404 : 200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
