package io.sparkmlflow.benchmarks;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;

/** A real {@code mlflow server} on SQLite, on a loopback port. */
final class TrackingServer implements AutoCloseable {
    private static final int START_SECONDS = 300;

    private final Process process;
    private final String uri;

    private TrackingServer(Process process, String uri) {
        this.process = process;
        this.uri = uri;
    }

    static TrackingServer start(Path folder) throws IOException, InterruptedException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        List<String> command = List.of(
                Side.PYTHON_PROGRAM.toString(),
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
                "sqlite:///" + folder.resolve("server.db"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.log").toFile());
        builder.environment().putAll(Side.ENVIRONMENT);
        TrackingServer server = new TrackingServer(builder.start(), "http://127.0.0.1:" + port);
        server.awaitHealth(folder);
        return server;
    }

    String uri() {
        return uri;
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        process.onExit().join();
    }

    private void awaitHealth(Path folder) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(uri + "/health")).build();
        for (int i = 0; i < START_SECONDS; i++) {
            try {
                if (HttpClient.newHttpClient()
                                .send(request, HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        == 200) {
                    return;
                }
            } catch (ConnectException e) {
                // not yet
            }
            Thread.sleep(1000);
        }
        close();
        throw new IOException("The server did not start; see " + folder.resolve("server.log"));
    }
}
