package io.sparkmlflow.store.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Gives each recorded answer to the call that asks that endpoint: the result, or the recorded error. */
class RecordedCallsTest {
    /** Recorded, but not asked by this client; what was answered there is still read, by {@link RecordedServerTest}. */
    private static final Map<String, String> NOT_CALLED = Map.ofEntries(
            Map.entry("POST /api/2.0/mlflow/runs/log-metric", "metrics go with log-batch"),
            Map.entry("POST /api/2.0/mlflow/runs/log-parameter", "params go with log-batch"),
            Map.entry("GET /api/2.0/mlflow/experiments/search", "asked with POST"),
            Map.entry("GET /api/2.0/mlflow/registered-models/get-latest-versions", "asked with POST"),
            Map.entry("GET /api/2.0/mlflow/metrics/get-history-bulk-interval", "for charts in the web interface"),
            Map.entry("GET /api/2.0/mlflow/artifacts/list", "artifacts are listed where they lie"),
            Map.entry(
                    "GET /api/2.0/mlflow/logged-models/{id}/artifacts/directories",
                    "artifacts are listed where they lie"),
            Map.entry("GET /get-artifact", "for downloads in the web interface"),
            Map.entry("GET /model-versions/get-artifact", "for downloads in the web interface"),
            Map.entry("GET /api/2.0/mlflow-artifacts/presigned/{path}", "files come through the proxy"),
            Map.entry("POST /api/2.0/mlflow/artifacts/presigned-upload-url", "files go through the proxy"),
            Map.entry("POST /api/2.0/mlflow-artifacts/mpu/{path}", "for files of 500 MB: MultipartUploadTest"),
            Map.entry("GET /health", "not needed"),
            Map.entry("GET /version", "not needed"),
            Map.entry("GET /api/2.0/mlflow/server-info", "no such endpoint"),
            Map.entry("GET /api/3.0/mlflow/server-info", "not needed"),
            Map.entry("OPTIONS /api/2.0/mlflow/experiments/search", "browsers ask it"),
            Map.entry("POST /ajax-api/2.0/mlflow/runs/search", "the web interface asks it"),
            Map.entry("POST /api/2.0/preview/mlflow/runs/search", "no such endpoint"),
            Map.entry("POST /api/2.0/mlflow/runs/search/", "no such endpoint"),
            Map.entry("POST /api/2.0/mlflow/runs/no-such", "no such endpoint"),
            Map.entry("GET /api/2.0/mlflow/runs/create", "no such method"),
            Map.entry("GET /ping", "scoring server"),
            Map.entry("GET /invocations", "scoring server"),
            Map.entry("POST /invocations", "scoring server"));

    @TempDir
    static Path folder;

    @Test
    void everyRecordedEndpointIsCalledOrNamed() throws IOException {
        Set<String> recorded = new TreeSet<>();
        Recordings.all().values().forEach(recording -> recorded.add(RecordedCalls.endpoint(recording.path("request"))));
        Set<String> known = new HashSet<>(RecordedCalls.CALLS.keySet());
        known.addAll(NOT_CALLED.keySet());

        assertThat(known).containsAll(recorded);
        assertThat(RecordedCalls.CALLS).doesNotContainKeys(NOT_CALLED.keySet().toArray(String[]::new));
        assertThat(recorded).as("what is named is recorded").containsAll(NOT_CALLED.keySet());
    }

    @TestFactory
    Stream<DynamicTest> givesTheRecordedResultOrError() throws IOException {
        return Recordings.all().entrySet().stream()
                .filter(entry -> RecordedCalls.CALLS.containsKey(
                        RecordedCalls.endpoint(entry.getValue().path("request"))))
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> replay(entry.getValue())));
    }

    private static void replay(JsonNode recording) throws IOException {
        JsonNode request = recording.path("request");
        JsonNode response = recording.path("response");
        int status = response.path("status").asInt();
        String type = response.path("headers").path("content-type").asText("application/json");
        // a recorded 500 is the answer, not an accident that a repetition might mend
        MlflowConfig once = MlflowConfig.of(key -> null, Map.of("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"));
        try (FaultServer server = FaultServer.start();
                RecordedCalls calls = new RecordedCalls(server.uri(), once, folder)) {
            FaultServer.Behaviour recorded = FaultServer.reply(status, type, Recordings.body(response));
            FaultServer.Behaviour listing = FaultServer.json(listing(request, response));
            server.otherwise(exchange -> {
                FaultServer.Request sent = exchange.request();
                boolean isIt =
                        RecordedCalls.endpoint(sent.method(), sent.target()).equals(RecordedCalls.endpoint(request));
                return (isIt ? recorded : listing).act(exchange);
            });

            Object[] result = new Object[1];
            Throwable thrown = catchThrowable(() -> result[0] = calls.replay(request));

            if (server.requests().isEmpty()) {
                assertThat(thrown).isInstanceOf(MlflowException.class);
                assertThat(((MlflowException) thrown).errorCode().name())
                        .as("refused before it was asked, like the server")
                        .isEqualTo(response.path("body").path("error_code").asText());
                return;
            }
            assertThat(server.requests())
                    .extracting(sent -> RecordedCalls.endpoint(sent.method(), sent.target()))
                    .contains(RecordedCalls.endpoint(request));
            if (status < 400) {
                assertThat(thrown).isNull();
                assertThat(result[0]).isNotNull();
            } else if (result[0] != RecordedCalls.NOT_THERE) {
                isTheError(thrown, response);
            } else {
                assertThat(status).isEqualTo(404);
            }
        }
    }

    /** The client looks into the directory before it reads a file and after it sent one. */
    private static String listing(JsonNode request, JsonNode response) {
        String name = request.path("path").asText().replaceFirst(".*/", "");
        boolean sent = request.path("method").asText().equals("PUT");
        long size = sent ? 1 : Recordings.body(response).length();
        String decoded = URLDecoder.decode(name, StandardCharsets.UTF_8);
        ObjectNode listing = Json.object();
        listing.putArray("files")
                .addObject()
                .put("path", decoded)
                .put("is_dir", false)
                .put("file_size", size);
        return listing.toString();
    }

    private static void isTheError(Throwable thrown, JsonNode response) {
        assertThat(thrown).isInstanceOf(MlflowException.class);
        JsonNode body = response.path("body");
        if (body.has("error_code")) {
            assertThat(((MlflowException) thrown).errorCode().name())
                    .isEqualTo(body.path("error_code").asText());
            assertThat(thrown).hasMessage(body.path("message").asText());
        } else {
            assertThat(thrown)
                    .hasMessageContaining(Recordings.body(response).strip().replaceAll("\\s+", " "));
        }
    }
}
