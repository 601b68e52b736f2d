package io.sparkmlflow.benchmarks;

import io.sparkmlflow.MlflowClient;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Set;
import java.util.TreeSet;

/**
 * Logging and loading models beside Spark's own save and load and beside Python's {@code mlflow.spark}, in pairs.
 *
 * <p>Both of a pair are equally warm: they have been called as often in the JVM, or the process of Python, that they run in.
 * Only {@code cold} measures first calls, each in a JVM of its own, after the fit.
 */
final class FlavorBenchmarks {
    private static final int DEFAULT_PAIRS = 20;
    private static final int WARM_UPS = 5;
    /** A pair of the cold ones starts two Sparks; Python's default takes most of a minute. */
    private static final int MAX_SLOW_PAIRS = 5;

    private static final int MAX_DEFAULT_PAIRS = 3;
    private static final double SAVE_GOAL = 1.3;
    private static final double LOAD_GOAL = 1.1;
    private static final String SPARKS_SAVE = "pipelineModel.write().save";

    private final Path folder;
    private final int pairs;

    private FlavorBenchmarks(Path folder, int pairs) {
        this.folder = folder;
        this.pairs = pairs;
    }

    /** Arguments: how many pairs, and which benchmarks; none for all. */
    public static void main(String[] args) throws IOException, InterruptedException {
        int pairs = DEFAULT_PAIRS;
        Set<String> wanted = new TreeSet<>();
        for (String arg : args) {
            if (arg.matches("\\d+")) {
                pairs = Integer.parseInt(arg);
            } else {
                wanted.add(arg);
            }
        }
        if (wanted.isEmpty()) {
            wanted.addAll(Set.of("embedded", "cold", "loading", "server", "default"));
        }
        Path folder = Files.createTempDirectory("mlflow-benchmarks");
        PythonFlavor.writeIris(folder);
        System.out.printf(
                "%s, %d processors, load %.1f, Java %s%nThe iris pipeline; costs as least / middle / greatest.%n%n",
                LocalDate.now(),
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                System.getProperty("java.version"));
        new FlavorBenchmarks(folder, pairs).run(wanted);
        System.out.println("What was written is in " + folder);
    }

    private void run(Set<String> wanted) throws IOException, InterruptedException {
        if (wanted.contains("cold")) {
            cold();
        }
        SparkSide spark = new SparkSide(folder, database());
        if (wanted.contains("embedded")) {
            embedded(spark);
        }
        if (wanted.contains("loading")) {
            loading(spark);
        }
        if (wanted.contains("server") || wanted.contains("default")) {
            server(spark, wanted);
        }
        spark.stop();
    }

    private String database() {
        return "sqlite:///" + folder.resolve("mlflow.db");
    }

    private void embedded(SparkSide spark) {
        for (int i = 0; i < WARM_UPS; i++) {
            spark.log();
            spark.save();
            spark.logWithSignature();
        }
        System.out.println(new Costs("logModel to the embedded store, warm", SPARKS_SAVE, SAVE_GOAL)
                .measure(pairs, spark::log, spark::save));
        System.out.println(new Costs("the same with a signature that is inferred, warm", SPARKS_SAVE, SAVE_GOAL)
                .measure(pairs, spark::logWithSignature, spark::save));
    }

    private void cold() {
        first("log"); // makes the database
        System.out.println(new Costs("logModel to the embedded store, the first in its JVM", SPARKS_SAVE, SAVE_GOAL)
                .measure(Math.min(pairs, MAX_SLOW_PAIRS), () -> first("log"), () -> first("save")));
    }

    private Cost first(String call) {
        return Side.firstCall(folder, SparkSide.class, call, folder.toString(), database());
    }

    private void loading(SparkSide spark) {
        try (MlflowClient client = new MlflowClient(database())) {
            for (int i = 0; i < WARM_UPS; i++) {
                spark.load(client);
                spark.loadAsSpark();
            }
            System.out.println(new Costs("loading a model in place, warm", "PipelineModel.load", LOAD_GOAL)
                    .measure(pairs, () -> spark.load(client), spark::loadAsSpark));
        }
    }

    private void server(SparkSide spark, Set<String> wanted) throws IOException, InterruptedException {
        try (TrackingServer server = TrackingServer.start(folder);
                PythonFlavor python = PythonFlavor.open(folder, server.uri())) {
            spark.useStores(server.uri());
            for (int i = 0; i < WARM_UPS; i++) {
                spark.log();
                python.log("given");
            }
            if (wanted.contains("server")) {
                System.out.println(new Costs("logModel to a server, warm", "log_model with pip_requirements", 1)
                        .measure(pairs, spark::log, () -> python.log("given")));
            }
            if (wanted.contains("default")) {
                System.out.println(new Costs("logModel to a server, warm", "log_model", 0.1)
                        .measure(Math.min(pairs, MAX_DEFAULT_PAIRS), spark::log, () -> python.log("default")));
            }
        }
    }
}
