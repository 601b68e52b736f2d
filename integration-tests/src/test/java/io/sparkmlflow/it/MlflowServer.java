package io.sparkmlflow.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A real {@code mlflow server} on a loopback port; closing it ends the process. */
final class MlflowServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Without the server's jobs (scorers, prompts), for which it would start eight Pythons more: they use what is tested here, no more. */
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "MLFLOW_DISABLE_TELEMETRY", "true",
            "GIT_PYTHON_REFRESH", "quiet",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false");

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private final Process process;
    private final String uri;

    private MlflowServer(Process process, String uri) {
        this.process = process;
        this.uri = uri;
    }

    /** Starts a server on a backend store, with artifacts of its own below {@code directory}. */
    static MlflowServer start(Path directory, String backendStore) {
        return start(directory, backendStore, freePort());
    }

    /** Starts a server where one was before. */
    static MlflowServer start(Path directory, String backendStore, int port) {
        List<String> command = List.of(
                Checkout.python().toString(),
                "-m",
                "mlflow",
                "server",
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                "--workers",
                "1",
                "--backend-store-uri",
                backendStore,
                "--artifacts-destination",
                directory.resolve("mlartifacts").toString());
        Path log = directory.resolve("server.log");
        try {
            Process process = Processes.builder(command, directory, ENVIRONMENT)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            MlflowServer server = new MlflowServer(process, "http://127.0.0.1:" + port);
            server.awaitHealth(log);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a port that nobody listens on. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return URI.create(uri).getPort();
    }

    String uri() {
        return uri;
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(URI.create(uri + path)).GET());
    }

    JsonNode getJson(String path) {
        return json(get(path));
    }

    JsonNode postJson(String path, Object body) {
        try {
            return json(send(HttpRequest.newBuilder(URI.create(uri + path))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            Processes.kill(process);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitHealth(Path log) throws IOException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            if (isHealthy()) {
                return;
            }
            pause();
        }
        close();
        throw new AssertionError("The server did not start: " + Files.readString(log));
    }

    private boolean isHealthy() {
        try {
            return get("/health").statusCode() == 200;
        } catch (UncheckedIOException e) {
            return false; // not listening yet
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(HttpResponse<String> response) {
        if (response.statusCode() != 200) {
            throw new AssertionError(response + ": " + response.body());
        }
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
