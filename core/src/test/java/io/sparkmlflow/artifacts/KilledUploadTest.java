package io.sparkmlflow.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it uploads a model leaves nothing that looks like one. */
@Timeout(120)
class KilledUploadTest {
    @TempDir
    Path folder;

    /** Uploads the directory of its second argument to the server of its first. */
    static final class Uploader {
        private Uploader() {}

        public static void main(String[] arguments) {
            MlflowConfig config = MlflowConfig.of(key -> null, Map.of());
            try (ArtifactStore store = ArtifactStores.open("mlflow-artifacts:/model", arguments[0], config)) {
                store.uploadDirectory(Path.of(arguments[1]), null);
            }
        }
    }

    @Test
    void modelFileNeverArrivesBeforeTheRest() throws Exception {
        Path model = model();
        CountDownLatch inTheMiddle = new CountDownLatch(1);
        try (FaultServer server = FaultServer.start()) {
            String old = "{\"files\": [{\"path\": \"MLmodel\", \"is_dir\": false, \"file_size\": 3}]}";
            server.then(FaultServer.json(old), FaultServer.json("{}"), FaultServer.json("{}"), exchange -> {
                inTheMiddle.countDown();
                return FaultServer.stall().act(exchange);
            });
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Uploader.class.getName(),
                            server.uri(),
                            model.toString())
                    .redirectOutput(folder.resolve("output").toFile())
                    .redirectErrorStream(true)
                    .start();
            try {
                assertThat(inTheMiddle.await(60, TimeUnit.SECONDS))
                        .as(Files.readString(folder.resolve("output")))
                        .isTrue();
            } finally {
                process.destroyForcibly().waitFor();
            }
            assertThat(server.requests())
                    .extracting(
                            request -> request.method() + " " + request.target().replaceAll(".*artifacts", ""))
                    .containsExactly("GET ?path=model", "DELETE /model/MLmodel", "PUT /model/a", "PUT /model/b");
        }
    }

    private Path model() throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        for (String name : new String[] {"MLmodel", "a", "b", "c"}) {
            Files.writeString(model.resolve(name), name);
        }
        return model;
    }
}
