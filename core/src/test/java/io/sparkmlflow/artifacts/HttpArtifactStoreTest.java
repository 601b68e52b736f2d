package io.sparkmlflow.artifacts;

import static io.sparkmlflow.testing.FaultServer.cut;
import static io.sparkmlflow.testing.FaultServer.drip;
import static io.sparkmlflow.testing.FaultServer.json;
import static io.sparkmlflow.testing.FaultServer.reply;
import static io.sparkmlflow.testing.FaultServer.reset;
import static io.sparkmlflow.testing.FaultServer.stall;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.FileInfo;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class HttpArtifactStoreTest {
    private static final String LISTING = "{\"files\": [{\"path\": \"sub\", \"is_dir\": true},"
            + " {\"path\": \"MLmodel\", \"is_dir\": false, \"file_size\": 4}]}";
    private static final String API = "/api/2.0/mlflow-artifacts/artifacts";

    @TempDir
    Path folder;

    private final FaultServer server = FaultServer.start();
    private final ArtifactStore store = open("mlflow-artifacts:/0/r%201/artifacts", server.uri());

    @AfterEach
    void closeServer() throws IOException {
        server.close();
    }

    private static ArtifactStore open(String uri, String trackingUri) {
        MlflowConfig config = MlflowConfig.of(
                Map.of("spark.mlflow.http.timeoutSeconds", "1", "spark.mlflow.http.maxRetries", "1")::get,
                Map.of(
                        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0",
                        "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0",
                        "MLFLOW_TRACKING_TOKEN", "t0ken"));
        return ArtifactStores.open(uri, trackingUri, config);
    }

    private List<String> calls() {
        return server.requests().stream()
                .map(request -> request.method() + " " + request.target())
                .toList();
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    @Test
    void uploadsWithTheLengthOfTheFile() throws IOException {
        store.uploadFile(file("sp ace é.txt", "hello"), "a/b");
        FaultServer.Request request = server.requests().get(0);
        assertThat(calls()).containsExactly("PUT " + API + "/0/r%201/artifacts/a/b/sp%20ace%20%C3%A9.txt");
        assertThat(request.headers()).containsEntry("content-length", "5").doesNotContainKey("transfer-encoding");
        assertThat(request.headers()).containsEntry("authorization", "Bearer t0ken");
        assertThat(request.text()).isEqualTo("hello");
    }

    @Test
    void modelFileIsTakenAwayFirstAndSentLast() throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        Files.writeString(model.resolve("MLmodel"), "x");
        Files.writeString(model.resolve("z"), "x");
        Files.writeString(Files.createDirectories(model.resolve("sub")).resolve("y"), "x");
        server.then(json(LISTING));
        store.uploadDirectory(model, null);
        String root = API + "/0/r%201/artifacts/";
        assertThat(calls())
                .containsExactly(
                        "GET " + API + "?path=0%2Fr%201%2Fartifacts",
                        "DELETE " + root + "MLmodel",
                        "PUT " + root + "sub/y",
                        "PUT " + root + "z",
                        "PUT " + root + "MLmodel");
    }

    @Test
    void listsByName() {
        server.then(json(LISTING));
        assertThat(store.list("d"))
                .containsExactly(new FileInfo("d/MLmodel", false, 4L), new FileInfo("d/sub", true, null));
        assertThat(store.list("nope")).isEmpty();
    }

    @Test
    void listingThatLeadsOutOfTheDirectoryIsRefused() {
        server.then(json("{\"files\": [{\"path\": \"../../x\", \"is_dir\": false, \"file_size\": 1}]}"));
        assertThatThrownBy(() -> store.download(null, folder.resolve("x"))).isInstanceOf(MlflowException.class);
    }

    @Test
    void downloadsADirectoryWithItsDirectories() throws IOException {
        server.then(
                json(LISTING),
                json(LISTING),
                reply(200, "text/plain", "abcd"),
                json("{\"files\": [{\"path\": \"empty\", \"is_dir\": false, \"file_size\": 0}]}"),
                reply(200, "text/plain", ""));
        Path copy = store.download(null, folder.resolve("copy"));
        assertThat(copy.resolve("MLmodel")).hasContent("abcd");
        assertThat(copy.resolve("sub/empty")).isEmptyFile();
    }

    @Test
    void reachesForAFileThroughItsDirectory() throws IOException {
        server.then(json(LISTING), reply(200, "text/plain", "abcd"));
        try (InputStream in = store.open("MLmodel")) {
            assertThat(in).hasContent("abcd");
        }
        server.then(json(LISTING));
        assertThatThrownBy(() -> store.open("nope"))
                .hasMessageContaining("'nope'")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        server.then(json(LISTING));
        assertThatThrownBy(() -> store.open("sub")).hasMessageContaining("is a directory");
    }

    @Test
    void downloadCutShortIsRepeated() throws IOException {
        server.then(json(LISTING), cut("abcd"), reply(200, "text/plain", "abcd"));
        assertThat(store.download("MLmodel", folder.resolve("x"))).hasContent("abcd");
        assertNothingLeft("x");
    }

    @Test
    void fileOfAnotherSizeIsNotKept() throws IOException {
        server.then(json(LISTING), reply(200, "text/plain", "abc"));
        assertThatThrownBy(() -> store.download("MLmodel", folder.resolve("x")))
                .hasMessageContaining("has 4 bytes, but 3 arrived");
        assertNothingLeft();
    }

    @Test
    void downloadThatDripsEndsTyped() throws IOException {
        server.then(json(LISTING), drip(), drip());
        assertThatThrownBy(() -> store.download("MLmodel", folder.resolve("x")))
                .isInstanceOf(StoreUnavailableException.class);
        assertNothingLeft();
    }

    @Test
    void uploadToAServerThatHangsEndsTyped() throws IOException {
        Path file = file("f", "x");
        server.then(stall(), stall());
        assertThatThrownBy(() -> store.uploadFile(file, null)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void uploadIsRepeatedWhole() throws IOException {
        server.then(reset());
        store.uploadFile(file("f", "hello"), null);
        assertThat(server.requests()).hasSize(2);
        assertThat(server.requests().get(1).text()).isEqualTo("hello");
    }

    @Test
    void refusedUploadNamesTheFile() throws IOException {
        server.then(reply(
                400,
                "application/json",
                "{\"error_code\": \"INVALID_PARAMETER_VALUE\", \"message\": \"Invalid path\"}"));
        Path file = file("odd#name", "x");
        assertThatThrownBy(() -> store.uploadFile(file, null))
                .hasMessageContaining("odd#name")
                .hasMessageContaining("Invalid path");
    }

    @Test
    void deletingWhatIsMissingIsNoError() {
        server.then(
                reply(404, "application/json", "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\", \"message\": \"No\"}"));
        store.delete("x");
        assertThat(calls()).containsExactly("DELETE " + API + "/0/r%201/artifacts/x");
    }

    @Test
    void anotherHostGetsNoCredentials() throws IOException {
        try (FaultServer other = FaultServer.start()) {
            String authority = other.uri().substring("http://".length());
            open("mlflow-artifacts://" + authority + "/p", server.uri()).list("q");
            assertThat(other.requests().get(0).target()).isEqualTo(API + "?path=p%2Fq");
            assertThat(other.requests().get(0).headers()).doesNotContainKey("authorization");
        }
    }

    private void assertNothingLeft(String... names) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }
}
