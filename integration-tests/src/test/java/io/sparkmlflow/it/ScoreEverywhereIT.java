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
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
            "GROUP BY a name",
            "GROUP BY the call",
            "avg",
            "HAVING",
            "HAVING avg",
            "ORDER BY",
            "window",
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
                    "client of Spark Connect",
                    "queries while their models are evicted"));
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
        List<List<Long>> reads = reads(directory.resolve("spark-home/work"));
        Matcher kept =
                Pattern.compile("RESULT executors keep since (\\d+): \\[(.*)]").matcher(outcome.stdout());
        long firstEvicted = kept.find() ? Long.parseLong(kept.group(1)) : Long.MAX_VALUE;
        assertReadOncePerExecutor(reads, firstEvicted);
        if (other != null) {
            assertBounded(reads, firstEvicted, List.of(kept.group(2).split(", ")));
        }
        return written;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Returns the numbers of the broadcasts that each executor has read a model from. */
    private static List<List<Long>> reads(Path work) throws IOException {
        Pattern line = Pattern.compile("Read the model in broadcast (\\d+), ");
        List<List<Long>> reads = new ArrayList<>();
        try (Stream<Path> files = Files.walk(work)) {
            for (Path log : files.filter(file -> file.endsWith("stderr")).toList()) {
                reads.add(line.matcher(Files.readString(log, StandardCharsets.UTF_8))
                        .results()
                        .map(read -> Long.parseLong(read.group(1)))
                        .toList());
            }
        }
        return reads;
    }

    /** Whatever runs at once in an executor reads a model from its broadcast once. */
    private static void assertReadOncePerExecutor(List<List<Long>> reads, long firstEvicted) {
        assertThat(reads).hasSize(EXECUTORS).allSatisfy(read -> assertThat(
                        read.stream().filter(id -> id < firstEvicted))
                .isNotEmpty()
                .doesNotHaveDuplicates());
    }

    /** Models beyond the budget leave the executors, though queries were using them; the one that was called last may stay. */
    private static void assertBounded(List<List<Long>> reads, long firstEvicted, List<String> kept) {
        Set<String> models = new TreeSet<>();
        reads.forEach(read -> read.stream()
                .filter(id -> id >= firstEvicted)
                .map(String::valueOf)
                .forEach(models::add));
        // Each of the four was loaded once, and at its last turn again unless it was the only one left.
        assertThat(models).hasSizeGreaterThanOrEqualTo(7);
        models.retainAll(kept);
        assertThat(models).hasSizeLessThanOrEqualTo(1);
    }
}
