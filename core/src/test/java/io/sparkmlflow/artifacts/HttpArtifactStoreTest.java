package io.sparkmlflow.artifacts;

import static io.sparkmlflow.testing.FaultServer.cut;
import static io.sparkmlflow.testing.FaultServer.drip;
import static io.sparkmlflow.testing.FaultServer.head;
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
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.rest.RestModelRegistry;
import io.sparkmlflow.store.rest.RestTrackingStore;
import io.sparkmlflow.testing.FaultServer;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

    private static FaultServer.Behaviour listing(String name, int size) {
        return json("{\"files\": [{\"path\": \"" + name + "\", \"is_dir\": false, \"file_size\": " + size + "}]}");
    }

    @Test
    void uploadsWithTheLengthOfTheFileAndLooksWhetherItIsThere() throws IOException {
        server.then(json("{}"), listing("sp ace é.txt", 5));
        store.uploadFile(file("sp ace é.txt", "hello"), "a/b");
        FaultServer.Request request = server.requests().get(0);
        assertThat(calls())
                .containsExactly(
                        "PUT " + API + "/0/r%201/artifacts/a/b/sp%20ace%20%C3%A9.txt",
                        "HEAD " + API + "/0/r%201/artifacts/a/b/sp%20ace%20%C3%A9.txt",
                        "GET " + API + "?path=0%2Fr%201%2Fartifacts%2Fa%2Fb");
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
        server.then(json(LISTING), json("{}"), json("{}"), json("{}"));
        server.then(listing("y", 1), listing("z", 1), json("{}"), listing("MLmodel", 1));
        store.uploadDirectory(model, null);
        String root = API + "/0/r%201/artifacts/";
        assertThat(calls())
                .containsExactly(
                        "GET " + API + "?path=0%2Fr%201%2Fartifacts",
                        "DELETE " + root + "MLmodel",
                        "PUT " + root + "sub/y",
                        "PUT " + root + "z",
                        "GET " + API + "?path=0%2Fr%201%2Fartifacts%2Fsub",
                        "GET " + API + "?path=0%2Fr%201%2Fartifacts",
                        "PUT " + root + "MLmodel",
                        "HEAD " + root + "MLmodel",
                        "GET " + API + "?path=0%2Fr%201%2Fartifacts");
    }

    @Test
    void aSmallFileThatTheServerKnowsIsNotLookedForAmongTheOthers() throws IOException {
        server.heads(head(200, 5));
        store.uploadFile(file("f", "hello"), "a");
        String path = API + "/0/r%201/artifacts/a/f";
        assertThat(calls()).containsExactly("PUT " + path, "HEAD " + path);

        server.heads(head(200, 4)).then(json("{}"), listing("f", 4));
        assertThatThrownBy(() -> store.uploadFile(file("f", "hello"), "a"))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("has 4 there");
    }

    @Test
    void aLargeFileIsLookedForAmongTheOthers() throws IOException {
        int size = (1 << 20) + 1;
        server.heads(head(200, size)).then(json("{}"), listing("f", size));
        store.upload(new ByteArrayInputStream(new byte[size]), "f");
        assertThat(calls()).hasSize(2).last().asString().startsWith("GET ");
    }

    @Test
    void theFilesOfATrackingStoreAreAskedForOverItsConnections() throws IOException {
        MlflowConfig config = MlflowConfig.of(key -> null, Map.of("MLFLOW_TRACKING_TOKEN", "t0ken"));
        try (FaultServer other = FaultServer.start();
                TrackingStore tracking = RestTrackingStore.open(server.uri(), config);
                ModelRegistry registry = RestModelRegistry.open(server.uri(), config)) {
            String elsewhere = "mlflow-artifacts://" + other.uri().substring("http://".length()) + "/p";
            for (int i = 0; i < 3; i++) {
                try (ArtifactStore own = ArtifactStores.open("mlflow-artifacts:/0/r", tracking, registry, config);
                        ArtifactStore others = ArtifactStores.open(elsewhere, tracking, registry, config)) {
                    own.list("q");
                    others.list("q");
                }
            }
            assertThat(server.connections()).isEqualTo(1);
            assertThat(other.connections()).isEqualTo(1);
            assertThat(server.requests().get(0).headers()).containsEntry("authorization", "Bearer t0ken");
            assertThat(other.requests()).noneMatch(request -> request.headers().containsKey("authorization"));
        }
    }

    @Test
    void modelFileIsNotSentWhenAnotherFileDidNotArrive() throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        Files.writeString(model.resolve("MLmodel"), "x");
        Files.writeString(model.resolve("z"), "x");
        server.then(json("{}"), json("{}"), listing("z", 0));
        assertThatThrownBy(() -> store.uploadDirectory(model, null))
                .hasMessageContaining("'z' of 1 bytes")
                .hasMessageContaining("has 0 there");
        server.then(json("{}"), reply(500, "text/plain", "no"), reply(500, "text/plain", "no"));
        assertThatThrownBy(() -> store.uploadDirectory(model, null)).isInstanceOf(MlflowException.class);
        assertThat(calls()).noneMatch(call -> call.contains("PUT") && call.contains("MLmodel"));
    }

    @Test
    void uploadsAStreamWithItsLength() throws IOException {
        server.then(reset(), json("{}"), listing("b", 5));
        store.upload(new ByteArrayInputStream("hello".getBytes(StandardCharsets.UTF_8)), "a/b");
        assertThat(server.requests().get(1).text()).isEqualTo("hello");
        assertThat(server.requests().get(1).headers()).containsEntry("content-length", "5");
        assertThatThrownBy(() -> store.upload(InputStream.nullInputStream(), "a/"))
                .hasMessageContaining("'a/' names no file");
    }

    @Test
    void streamThatIsCutOrStopsEndsTyped() throws IOException {
        server.then(json(LISTING), cut("abcd"));
        try (InputStream in = store.open("MLmodel")) {
            assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class).hasMessageContaining("broken off");
        }
        server.then(json(LISTING), reply(200, "text/plain", "abc"));
        try (InputStream in = store.open("MLmodel")) {
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(EOFException.class)
                    .hasMessageContaining("3 arrived");
        }
        server.then(json(LISTING), exchange -> {
            exchange.socket()
                    .getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab".getBytes(StandardCharsets.US_ASCII));
            return stall().act(exchange);
        });
        try (InputStream in = store.open("MLmodel")) {
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("sent nothing for 1000 ms");
        }
    }

    @Test
    void longStreamComesAsItIsRead() throws IOException {
        byte[] content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        server.then(listing("f", content.length), reset(), reply(200, "text/plain", content));
        try (InputStream in = store.open("f")) {
            assertThat(in.readNBytes(1000)).isEqualTo(Arrays.copyOf(content, 1000));
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, 1000, content.length));
        }
        server.then(listing("f", content.length), reply(200, "text/plain", content));
        InputStream left = store.open("f");
        assertThat(left.read()).isEqualTo(content[0] & 0xff);
        left.close();
        assertThatThrownBy(left::read).hasMessageContaining("closed");
    }

    @Test
    void rootMayBeAFile() throws IOException {
        ArtifactStore file = open("mlflow-artifacts:/0/r/MLmodel", server.uri());
        server.then(json("{}"), json(LISTING), reply(200, "text/plain", "abcd"));
        try (InputStream in = file.open("")) {
            assertThat(in).hasContent("abcd");
        }
        assertThat(calls()).last().isEqualTo("GET " + API + "/0/r/MLmodel");
        server.then(json("{}"), json("{}"));
        assertThatThrownBy(() -> file.open(""))
                .hasMessage("There are no artifacts at mlflow-artifacts:/0/r/MLmodel")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
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
        server.then(reset(), json("{}"), listing("f", 5));
        store.uploadFile(file("f", "hello"), null);
        assertThat(calls()).filteredOn(call -> call.startsWith("PUT")).hasSize(2);
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
