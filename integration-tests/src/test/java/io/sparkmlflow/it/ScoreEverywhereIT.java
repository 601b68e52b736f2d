package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A model as a function in clusters of processes, streams, views, other tables' statements, and when it is gone. */
class ScoreEverywhereIT {
    private static final List<String> EVERYWHERE = List.of(
            "batch",
            "generated",
            "one stage of generated code",
            "as columns in order",
            "transform",
            "persistent view",
            "struct of all in an aggregate",
            "cast in SQL",
            "cast of a column",
            "registered class",
            "stream",
            "registered model");
    private static final int EXECUTORS = 2;

    @Test
    void theFunctionGivesWhatTransformGivesAndFailsWhereItMust() throws IOException {
        Path oldest = score(Distribution.oldest(), Checkout.newWorkFolder("score-everywhere-oldest"), null);
        score(Distribution.inVenv(), Checkout.newWorkFolder("score-everywhere"), oldest);
    }

    /** Runs the program and returns what it wrote; {@code other} is what another Spark wrote. */
    private static Path score(Distribution spark, Path directory, Path other) throws IOException {
        List<String> sources =
                other == null ? List.of("ScoreEverywhere.java") : List.of("ScoreEverywhere.java", "ScoreRemotely.java");
        Path jar = Programs.jarWithBundle(spark, directory, sources);
        Path written = directory.resolve("written");
        List<Object> arguments = new ArrayList<>(List.of(written));
        List<String> expected = new ArrayList<>(EVERYWHERE);
        String extensions = "io.sparkmlflow.MlflowSparkExtensions";
        int port = freePort();
        if (other != null) {
            String client = String.join(
                    File.pathSeparator, jar.toString(), spark.home().resolve("jars/connect-repl") + "/*", spark.jars());
            arguments.addAll(List.of(other, port, client));
            expected.addAll(List.of(
                    "model of another Spark",
                    "Delta merge",
                    "Delta update",
                    "remote mlflow_predict",
                    "remote by_name",
                    "client of Spark Connect"));
            extensions += ",io.delta.sql.DeltaSparkSessionExtension";
        }
        SparkCommand command = SparkCommand.submit(spark, "ScoreEverywhere", jar, arguments.toArray())
                .withBundle()
                .forTinyData()
                .onCluster(EXECUTORS, 16, directory)
                .conf("spark.executor.extraJavaOptions", "--add-modules=jdk.incubator.vector")
                .conf("spark.sql.extensions", extensions)
                .conf("spark.sql.catalogImplementation", "in-memory")
                .conf("spark.sql.warehouse.dir", directory.resolve("warehouse").toString())
                .conf("spark.mlflow.trackingUri", "sqlite:///" + directory.resolve("mlflow.db"));
        if (other != null) {
            command.jars(Checkout.copiedJars("tables"))
                    .conf("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
                    .conf("spark.databricks.delta.snapshotPartitions", "1")
                    .conf("spark.plugins", "org.apache.spark.sql.connect.SparkConnectPlugin")
                    .conf("spark.connect.grpc.binding.address", "127.0.0.1")
                    .conf("spark.connect.grpc.binding.port", String.valueOf(port));
        }
        Outcome outcome = command.run(directory).assertSucceeded();

        assertThat(outcome.stdoutLines()).noneMatch(line -> line.startsWith("WRONG "));
        assertThat(outcome.results()).containsAll(expected);
        assertThat(outcome.results())
                .anySatisfy(line -> assertThat(line)
                        .startsWith("deleted version: ")
                        .contains("models:/scored/1", "can't be loaded", "not found"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("deleted alias: ")
                        .contains("models:/scored@champion", "can't be loaded"))
                .anySatisfy(line ->
                        assertThat(line).startsWith("corrupt model: ").contains("written/broken", "can't be loaded"));
        assertReadOncePerExecutor(directory.resolve("spark-home/work"));
        return written;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Whatever runs at once in an executor reads a model from its broadcast once. */
    private static void assertReadOncePerExecutor(Path work) throws IOException {
        List<List<String>> logs = new ArrayList<>();
        try (Stream<Path> files = Files.walk(work)) {
            for (Path log : files.filter(file -> file.endsWith("stderr")).toList()) {
                logs.add(Files.readString(log, StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> line.contains("Read the model in broadcast "))
                        .map(line -> line.replaceAll(".*in broadcast (\\d+), .*", "$1"))
                        .toList());
            }
        }
        assertThat(logs)
                .hasSize(EXECUTORS)
                .allSatisfy(read -> assertThat(read).isNotEmpty().doesNotHaveDuplicates());
    }
}
