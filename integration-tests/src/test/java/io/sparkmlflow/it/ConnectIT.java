package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.it.Tracked.TrackedRun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A real server of Spark Connect with the listener, and a real client in Python, of another version at times, that knows nothing of it. */
class ConnectIT {
    private static final String SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer";
    private static final Duration LIMIT = Duration.ofMinutes(5);

    /** Models are fitted by servers from Spark 4 on. */
    static Stream<Distribution> servers() {
        return Distribution.all().filter(spark -> !spark.version().startsWith("3."));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("servers")
    void aSessionIsARunBelowTheServersAndItsFitsAreBelowIt(Distribution spark) throws Exception {
        Path directory = Checkout.newWorkFolder("connect-" + spark.version());
        int port = freePort();
        Process server = SparkCommand.submit(spark, SERVER, Path.of("spark-internal"))
                .tracked()
                .forTinyData()
                .conf("spark.connect.grpc.binding.address", "127.0.0.1")
                .conf("spark.connect.grpc.binding.port", String.valueOf(port))
                .start(directory);
        Outcome client;
        try {
            awaitListening(server, port, directory);
            client = Processes.run(
                            List.of(
                                    Checkout.python().toString(),
                                    Checkout.root()
                                            .resolve("integration-tests/src/test/apps/connect_client.py")
                                            .toString(),
                                    "sc://127.0.0.1:" + port,
                                    Checkout.trainingTable().toString()),
                            directory,
                            Map.of(),
                            LIMIT)
                    .assertSucceeded();
            server.destroy();
            assertThat(server.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } finally {
            Processes.kill(server);
        }
        assertThat(Files.readAllLines(directory.resolve("output")))
                .noneMatch(line -> line.matches("(WARN|ERROR) io\\.sparkmlflow.*"));

        String[] ids = line(client, "sessions").split(" ");
        Tracked tracked = PythonMlflow.describe(directory, PythonMlflow.defaultStore(directory));
        TrackedRun application = tracked.application();
        assertThat(application.status()).isEqualTo("KILLED");
        assertThat(tracked.childrenOf(application))
                .extracting(run -> run.tags().get("spark.connect.sessionId"))
                .containsExactlyInAnyOrder(ids);

        TrackedRun session = tracked.only(run -> ids[0].equals(run.tags().get("spark.connect.sessionId")));
        assertThat(session.status()).isEqualTo("FINISHED");
        assertThat(session.datasets())
                .extracting(dataset -> dataset.get("name").asText() + " "
                        + dataset.at("/tags/mlflow.data.context").asText())
                .containsExactly("train.csv read");
        assertFits(tracked, session, Double.parseDouble(line(client, "accuracy")));

        TrackedRun leftOpen = tracked.only(run -> ids[1].equals(run.tags().get("spark.connect.sessionId")));
        assertThat(leftOpen.status()).isEqualTo("KILLED");
        assertThat(tracked.childrenOf(leftOpen))
                .extracting(run -> run.tags().get("estimator_name") + " " + run.status())
                .containsExactly("ALS FINISHED");
    }

    private static void assertFits(Tracked tracked, TrackedRun session, double accuracy) throws IOException {
        List<TrackedRun> fits = tracked.childrenOf(session);
        assertThat(fits)
                .extracting(run -> run.tags().get("estimator_name") + " " + run.status())
                .containsExactlyInAnyOrder(
                        "Pipeline FINISHED",
                        "CrossValidator FINISHED",
                        "Pipeline FINISHED",
                        "LogisticRegression FINISHED");

        TrackedRun pipeline = only(fits, run -> run.params().containsKey("LogisticRegression.maxIter"));
        assertThat(pipeline.params())
                .containsEntry("LogisticRegression.maxIter", "5")
                .containsEntry("HashingTF.numFeatures", "8")
                .containsEntry("StandardScaler.inputCol", "raw")
                .containsEntry(
                        "stages",
                        "['Tokenizer', 'HashingTF', 'VectorAssembler', 'StandardScaler', 'LogisticRegression']");
        assertThat(pipeline.metrics()).containsEntry("accuracy_seen", accuracy);
        assertThat(pipeline.artifacts()).contains("model/MLmodel", "estimator_info.json");
        assertThat(pipeline.artifacts())
                .anyMatch(path -> path.matches("model/sparkml/stages/0_Tokenizer_.*"))
                .anyMatch(path -> path.matches("model/sparkml/stages/3_StandardScaler_.*"))
                .anyMatch(path -> path.matches("model/sparkml/stages/4_LogisticRegression_.*"));
        assertThat(Files.readString(pipeline.artifactFolder().resolve("model/MLmodel"))
                        .replaceAll("\\s+", " "))
                .contains("\"name\": \"words\"", "\"name\": \"mean_radius\"")
                .doesNotContain("\"name\": \"tokens\"");

        TrackedRun mixed = only(fits, run -> run.params().containsKey("DecisionTreeClassifier.maxDepth"));
        assertThat(mixed.params())
                .containsEntry(
                        "stages",
                        "['StringIndexer', 'Bucketizer', 'OneHotEncoder', 'Imputer', 'SQLTransformer', 'VectorAssembler', 'PCA',"
                                + " 'DecisionTreeClassifier']");
        assertThat(mixed.artifacts()).contains("model/MLmodel");

        TrackedRun search = only(fits, run -> isOf(run, "CrossValidator"));
        assertThat(search.params()).containsKey("best_LogisticRegression.regParam");
        assertThat(tracked.childrenOf(search)).hasSize(2).allMatch(run -> run.params()
                .containsKey("Tokenizer.outputCol"));

        assertThat(only(fits, run -> isOf(run, "LogisticRegression")).params()).containsEntry("maxIter", "3");
    }

    private static boolean isOf(TrackedRun run, String estimator) {
        return estimator.equals(run.tags().get("estimator_name"));
    }

    private static TrackedRun only(List<TrackedRun> fits, Predicate<TrackedRun> condition) {
        List<TrackedRun> found = fits.stream().filter(condition).toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static String line(Outcome outcome, String name) {
        return outcome.stdoutLines().stream()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length() + 1))
                .findFirst()
                .orElseThrow();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void awaitListening(Process server, int port, Path directory) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() < deadline && server.isAlive()) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return;
            } catch (IOException e) {
                Thread.sleep(200);
            }
        }
        throw new AssertionError(
                "The server of Spark Connect does not listen: " + Files.readString(directory.resolve("output")));
    }
}
