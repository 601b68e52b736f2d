package io.sparkmlflow.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sparkmlflow.config.MlflowConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class MultipartUploadTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CHUNK = 100_000;

    @TempDir
    Path folder;

    private final ObjectStore objects = new ObjectStore();

    @BeforeEach
    void startServer() throws IOException {
        objects.start();
    }

    @AfterEach
    void stopServer() {
        objects.stop();
    }

    private ArtifactStore store(String uri) {
        return ArtifactStores.open(
                uri,
                objects.uri(),
                MlflowConfig.of(
                        key -> null,
                        Map.of(
                                "MLFLOW_TRACKING_TOKEN", "t0ken",
                                "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2",
                                "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0",
                                "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0",
                                "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true",
                                "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", "250000",
                                "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", Integer.toString(CHUNK))));
    }

    private Path file(int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Files.write(folder.resolve("big file.bin"), bytes);
    }

    @Test
    void aLargeFileArrivesInParts() throws IOException {
        Path file = file(CHUNK * 5 + 7);
        store("mlflow-artifacts:/0/r 1/artifacts").uploadFile(file, "a b");
        assertThat(objects.files.get("0/r 1/artifacts/a b/big file.bin")).isEqualTo(Files.readAllBytes(file));
        assertThat(objects.calls.get(0)).isEqualTo("POST create num_parts=6");
        assertThat(objects.calls.subList(1, 7))
                .containsExactlyInAnyOrder(
                        "PUT 1 100000", "PUT 2 100000", "PUT 3 100000", "PUT 4 100000", "PUT 5 100000", "PUT 6 7");
        assertThat(objects.calls.get(7)).isEqualTo("POST complete");
        assertThat(objects.calls).hasSize(8);
    }

    @Test
    void theObjectStoreGetsTheSignedHeadersAndNoCredentials() throws IOException {
        store("mlflow-artifacts:/0").uploadFile(file(250_000), "a");
        assertThat(objects.partHeaders).hasSize(3).allSatisfy(headers -> {
            assertThat(headers).containsEntry("X-signed", "yes").doesNotContainKey("Authorization");
            assertThat(headers).doesNotContainKey("Transfer-encoding");
        });
    }

    @Test
    void aSmallFileGoesThroughTheServer() throws IOException {
        Path file = file(249_999);
        store("mlflow-artifacts:/0").uploadFile(file, "a");
        assertThat(objects.calls).containsExactly("PUT whole");
        assertThat(objects.files.get("0/a/big file.bin")).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void aServerThatCannotTakesTheFileWhole() throws IOException {
        objects.supported = false;
        Path file = file(300_000);
        store("mlflow-artifacts:/0").uploadFile(file, "a");
        assertThat(objects.calls).containsExactly("POST create num_parts=3", "PUT whole");
        assertThat(objects.files.get("0/a/big file.bin")).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void aPartThatFailsInPassingIsSentAgain() throws IOException {
        objects.failures.put(2, List.of(503, 500));
        Path file = file(300_000);
        store("mlflow-artifacts:/0").uploadFile(file, "a");
        assertThat(objects.files.get("0/a/big file.bin")).isEqualTo(Files.readAllBytes(file));
        assertThat(objects.calls).filteredOn(call -> call.startsWith("PUT 2")).hasSize(3);
    }

    @Test
    void aRefusedPartAbortsTheUploadWithoutShowingItsAddress() throws IOException {
        objects.failures.put(2, List.of(403));
        Path file = file(300_000);
        assertThatThrownBy(() -> store("mlflow-artifacts:/0").uploadFile(file, "a"))
                .hasMessageContaining("a/big file.bin")
                .hasMessageContaining("403")
                .hasMessageNotContaining("signature");
        assertThat(objects.files).isEmpty();
        assertThat(objects.calls).contains("POST abort").doesNotContain("POST complete");
    }

    /** The part of MLflow's server that hands out addresses, and the object store behind them. */
    private static final class ObjectStore {
        private final Map<String, byte[]> files = new ConcurrentHashMap<>();
        private final Map<Integer, byte[]> parts = new ConcurrentHashMap<>();
        private final Map<Integer, List<Integer>> failures = new ConcurrentHashMap<>();
        private final List<String> calls = new CopyOnWriteArrayList<>();
        private final List<Map<String, String>> partHeaders = new CopyOnWriteArrayList<>();
        private final ExecutorService executor = Executors.newCachedThreadPool();
        private volatile boolean supported = true;
        private HttpServer server;

        void start() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(executor);
            server.createContext("/api/2.0/mlflow-artifacts/mpu/", this::multipart);
            server.createContext("/api/2.0/mlflow-artifacts/artifacts/", this::whole);
            server.createContext("/api/2.0/mlflow-artifacts/artifacts", this::list);
            server.createContext("/bucket/", this::part);
            server.start();
        }

        void stop() {
            server.stop(0);
            executor.shutdownNow();
        }

        String uri() {
            return "http://127.0.0.1:" + server.getAddress().getPort();
        }

        private void multipart(HttpExchange exchange) throws IOException {
            String[] path = exchange.getRequestURI().getPath().split("/", 7);
            JsonNode body = JSON.readTree(exchange.getRequestBody());
            String file = path[6] + "/" + body.path("path").asText();
            switch (path[5]) {
                case "create" -> create(exchange, body.path("num_parts").asInt());
                case "complete" -> complete(exchange, file, body);
                default -> {
                    calls.add("POST abort");
                    parts.clear();
                    answer(exchange, 200, "{}");
                }
            }
        }

        private void create(HttpExchange exchange, int count) throws IOException {
            calls.add("POST create num_parts=" + count);
            if (!supported) {
                answer(
                        exchange,
                        501,
                        "{\"error_code\": \"NOT_IMPLEMENTED\", \"message\": \"Multipart upload is not supported for the"
                                + " current artifact repository\"}");
                return;
            }
            ObjectNode created = JSON.createObjectNode().put("upload_id", "u1");
            for (int i = 1; i <= count; i++) {
                ObjectNode credential = created.withArray("credentials").addObject();
                credential
                        .put("url", uri() + "/bucket/" + i + "?signature=s3cret")
                        .put("part_number", i);
                credential.putObject("headers").put("X-Signed", "yes").put("Content-Length", "1");
            }
            answer(exchange, 200, created.toString());
        }

        private void complete(HttpExchange exchange, String file, JsonNode body) throws IOException {
            calls.add("POST complete");
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            int number = 1;
            for (JsonNode part : body.path("parts")) {
                boolean known = part.path("part_number").asInt() == number
                        && part.path("etag").asText().equals("\"etag-" + number + "\"")
                        && body.path("upload_id").asText().equals("u1");
                if (!known) {
                    answer(exchange, 400, "{\"error_code\": \"BAD_REQUEST\", \"message\": \"not a part\"}");
                    return;
                }
                whole.writeBytes(parts.get(number++));
            }
            files.put(file, whole.toByteArray());
            answer(exchange, 200, "{}");
        }

        private void part(HttpExchange exchange) throws IOException {
            int number = Integer.parseInt(exchange.getRequestURI().getPath().substring("/bucket/".length()));
            byte[] body = exchange.getRequestBody().readAllBytes();
            calls.add("PUT " + number + " " + body.length);
            partHeaders.add(exchange.getRequestHeaders().entrySet().stream()
                    .collect(java.util.stream.Collectors.toMap(
                            Map.Entry::getKey, header -> header.getValue().get(0))));
            List<Integer> planned = failures.getOrDefault(number, List.of());
            if (!planned.isEmpty()) {
                failures.put(number, planned.subList(1, planned.size()));
                answer(exchange, planned.get(0), "<Error/>");
                return;
            }
            parts.put(number, body);
            exchange.getResponseHeaders().set("ETag", "\"etag-" + number + "\"");
            answer(exchange, 200, "");
        }

        private void whole(HttpExchange exchange) throws IOException {
            String path = exchange.getRequestURI().getPath().substring("/api/2.0/mlflow-artifacts/artifacts/".length());
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", Integer.toString(files.get(path).length));
                answer(exchange, 200, "");
                return;
            }
            calls.add(exchange.getRequestMethod() + " whole");
            files.put(path, exchange.getRequestBody().readAllBytes());
            answer(exchange, 200, "{}");
        }

        private void list(HttpExchange exchange) throws IOException {
            String directory = exchange.getRequestURI().getQuery().substring("path=".length()) + "/";
            ObjectNode listing = JSON.createObjectNode();
            files.forEach((path, content) -> {
                if (path.startsWith(directory)) {
                    listing.withArray("files")
                            .addObject()
                            .put("path", path.substring(directory.length()))
                            .put("is_dir", false)
                            .put("file_size", content.length);
                }
            });
            answer(exchange, 200, listing.toString());
        }

        private static void answer(HttpExchange exchange, int status, String body) throws IOException {
            byte[] bytes = body.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        }
    }
}
