package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A store that cannot be used costs one warning: the program ends as it does without the listener. */
class MissingStoreIT {
    private static final Distribution SPARK = Distribution.inVenv();

    private static String expectedStdout;

    @BeforeAll
    static void runWithoutTheListener() {
        Path directory = Checkout.newWorkFolder("missing-store-none");
        expectedStdout = Training.command(SPARK, directory)
                .run(directory)
                .assertSucceeded()
                .stdout();
        assertThat(expectedStdout).contains("held-out accuracy");
    }

    @Test
    void aFolderThatCannotBeWritten() throws IOException {
        Path directory = Checkout.newWorkFolder("missing-store-folder");
        // Below a regular file: root cannot write there either.
        Path file = Files.createFile(directory.resolve("file"));
        assertHarmless(
                Training.command(SPARK, directory)
                        .tracked()
                        .environment("MLFLOW_TRACKING_URI", "sqlite:///" + file.resolve("mlflow.db")),
                directory);
    }

    @Test
    void aServerThatRefuses() {
        Path directory = Checkout.newWorkFolder("missing-store-refuses");
        assertHarmless(
                Training.command(SPARK, directory)
                        .tracked()
                        .conf("spark.mlflow.trackingUri", "http://127.0.0.1:" + MlflowServer.freePort()),
                directory);
    }

    @Test
    void aServerThatHangs() throws IOException {
        Path directory = Checkout.newWorkFolder("missing-store-hangs");
        // The kernel completes the connections, and nobody ever answers.
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            assertHarmless(
                    Training.command(SPARK, directory)
                            .tracked()
                            .conf("spark.mlflow.trackingUri", "http://127.0.0.1:" + silent.getLocalPort()),
                    directory);
        }
    }

    private static void assertHarmless(SparkCommand command, Path directory) {
        Outcome outcome = command.conf("spark.mlflow.flushTimeoutSeconds", "10")
                .conf("spark.mlflow.spool", directory.resolve("spool").toString())
                .run(directory)
                .assertSucceeded();
        assertThat(outcome.stdout()).isEqualTo(expectedStdout);
        assertThat(outcome.ourWarnings()).hasSize(1);
        assertThat(outcome.ourWarnings().get(0))
                .contains(directory.resolve("spool").toString());
    }
}
