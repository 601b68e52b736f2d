package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code mlflow-artifacts:} as a file system of Hadoop, in front of a real {@code mlflow server}. */
class ArtifactsFileSystemIT {
    private static final Distribution SPARK = Distribution.inVenv();

    private static Path directory;
    private static MlflowServer server;

    @BeforeAll
    static void startServer() {
        directory = Checkout.newWorkFolder("artifacts-file-system");
        server = MlflowServer.start(directory, "sqlite:///" + directory.resolve("server.db"));
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void executorsOfAClusterReadAndWriteThere() throws IOException {
        List<String> results = use(true, "cluster");

        assertThat(results).contains("executors = some", "writtenTo = [mlflow-artifacts]", "writtenThroughDisk = true");
        assertUsable(results, "cluster");
    }

    @Test
    void oneMachineReadsAndWritesThere() throws IOException {
        List<String> results = use(false, "one-machine");

        assertThat(results).contains("executors = none", "writtenTo = [file]");
        assertUsable(results, "one-machine");
    }

    @Test
    void pythonsLogModelWritesThereDirectly() {
        Outcome outcome = PythonMlflow.outcome(
                directory,
                Map.of("SPARK_LOCAL_IP", "127.0.0.1"),
                "log_spark_model_directly.py",
                server.uri(),
                SPARK.bundle());

        JsonNode result = PythonMlflow.json(outcome);
        assertThat(result.get("same").asBoolean()).isTrue();
        assertThat(result.get("files").valueStream().map(JsonNode::asText))
                .containsExactlyInAnyOrder("model/sparkml/metadata", "model/sparkml/stages");
        assertThat(outcome.stderr()).doesNotContain("Traceback", "Py4JJavaError", "No FileSystem for scheme");
    }

    private static List<String> use(boolean cluster, String name) throws IOException {
        Path work = Files.createDirectories(directory.resolve(name));
        Path temporary = Files.createDirectories(work.resolve("tmp"));
        Path logging = Checkout.root().resolve("integration-tests/src/test/resources/log4j2-it.properties");
        SparkCommand command = SparkCommand.submit(
                        SPARK,
                        "ArtifactsAsFiles",
                        Programs.jarWithBundle(SPARK, work, List.of("ArtifactsAsFiles.java", "WrittenFolders.java")),
                        server.uri(),
                        "mlflow-artifacts:/" + name,
                        work.resolve("saved"))
                .tracked()
                .withSparksLogging()
                .conf("spark.sql.shuffle.partitions", "2")
                .conf("spark.default.parallelism", "2")
                .conf(
                        "spark.driver.extraJavaOptions",
                        "-Djava.io.tmpdir=" + temporary + " -Dlog4j2.configurationFile=" + logging.toUri())
                .conf("spark.mlflow.trackingUri", server.uri())
                .conf("spark.mlflow.autolog.logModels", "false");
        Outcome outcome =
                (cluster ? command.onCluster(2, work) : command).run(work).assertSucceeded();
        return outcome.stdoutLines().stream()
                .filter(line -> line.startsWith("RESULT "))
                .map(line -> line.substring("RESULT ".length()))
                .toList();
    }

    private static void assertUsable(List<String> results, String name) throws IOException {
        assertThat(results)
                .contains(
                        "class = MlflowArtifactsFileSystem",
                        "size = 10 true true",
                        "listed = [a b+c.txt]",
                        "sought = 789 12 10 -1",
                        "large = 42 true",
                        "renamed = true false [a b+c.txt]",
                        "renamedInto = true [a b+c.txt, large]",
                        "renamedNothing = false",
                        "deleted = true false false",
                        "made = true true",
                        "missing = There is no 'mlflow-artifacts:/" + name + "/files/nothing' on the MLflow server",
                        "rows = 1000",
                        "rowsOverwritten = 5",
                        "failed = true",
                        "rowsAfterFailure = 10",
                        "model = true",
                        "modelAgain = true",
                        "loaded models = true",
                        "loaded mlflow = true",
                        "leftOnDisk = 0",
                        "logged mode = true",
                        "logged runs = true",
                        "copies = 0");
        try (Stream<Path> files = Files.walk(directory.resolve("mlartifacts").resolve(name))) {
            assertThat(files.filter(Files::isRegularFile).map(Path::toString))
                    .noneMatch(file -> file.contains("_temporary"))
                    .anyMatch(file -> file.endsWith("model/metadata/_SUCCESS"))
                    .anyMatch(file -> file.contains("/model/stages/1_linReg_"));
        }
    }
}
