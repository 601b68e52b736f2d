package io.sparkmlflow.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What core does in Java and Python's MLflow does in Python, in pairs of processes that alternate. */
final class CoreBenchmarks {
    private static final int DEFAULT_PAIRS = 5;
    private static final int EMBEDDED_POINTS = 100_000;
    private static final int SERVER_POINTS = 10_000;
    /** Enough for a rate: Python needs minutes for as many as Java. */
    private static final int ONE_BY_ONE_POINTS = 300;

    private final Path folder;
    private final int pairs;

    private CoreBenchmarks(Path folder, int pairs) {
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
        CoreBenchmarks benchmarks = new CoreBenchmarks(Files.createTempDirectory("mlflow-benchmarks"), pairs);
        System.out.printf(
                "%s, %d processors, load %.1f, Java %s%nRates as least / middle / greatest.%n%n",
                LocalDate.now(),
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                System.getProperty("java.version"));
        if (wanted.isEmpty() || wanted.contains("embedded")) {
            benchmarks.embedded();
        }
        if (wanted.isEmpty() || wanted.contains("first")) {
            benchmarks.first();
        }
        if (wanted.isEmpty() || wanted.contains("server")) {
            benchmarks.server();
        }
        System.out.println("What the processes wrote is in " + benchmarks.folder);
    }

    private void embedded() throws IOException, InterruptedException {
        Ratios ratios = new Ratios("log_batch of 100,000 metrics to SQLite", "points/s", 20);
        for (int i = 0; i < pairs; i++) {
            double python = Side.PYTHON.seconds(folder, "batches", database(Side.PYTHON), EMBEDDED_POINTS);
            double java = Side.JAVA.seconds(folder, "batches", database(Side.JAVA), EMBEDDED_POINTS);
            ratios.add(EMBEDDED_POINTS / python, EMBEDDED_POINTS / java);
        }
        System.out.println(ratios);
    }

    private void first() throws IOException, InterruptedException {
        Ratios ratios = new Ratios("start of the process to the first metric in SQLite", "starts/s", 10);
        for (int i = 0; i < pairs; i++) {
            double python = Side.PYTHON.secondsToFirstMetric(folder, database(Side.PYTHON));
            double java = Side.JAVA.secondsToFirstMetric(folder, database(Side.JAVA));
            ratios.add(1 / python, 1 / java);
        }
        System.out.println(ratios);
    }

    private void server() throws IOException, InterruptedException {
        Ratios oneByOne =
                new Ratios("10,000 metrics one call at a time to a server; Python's log_metric", "points/s", 50);
        Ratios batches = new Ratios("the same; Python's log_batch of 1000", "points/s", 1);
        try (TrackingServer server = TrackingServer.start(folder)) {
            for (int i = 0; i < pairs; i++) {
                double single = Side.PYTHON.seconds(folder, "one-by-one", server.uri(), ONE_BY_ONE_POINTS);
                double java = Side.JAVA.seconds(folder, "one-by-one", server.uri(), SERVER_POINTS);
                double batch = Side.PYTHON.seconds(folder, "batches", server.uri(), SERVER_POINTS);
                oneByOne.add(ONE_BY_ONE_POINTS / single, SERVER_POINTS / java);
                batches.add(SERVER_POINTS / batch, SERVER_POINTS / java);
            }
        }
        System.out.println(oneByOne);
        System.out.println(batches);
    }

    /** Lets the disk finish what the side before has written: whoever comes next would wait for it. */
    private static void settle() throws IOException, InterruptedException {
        new ProcessBuilder("sync").inheritIO().start().waitFor();
    }

    /** Returns a fresh copy of a database that the side itself made: creating it is not what is measured. */
    private String database(Side side) throws IOException, InterruptedException {
        Path template = folder.resolve(side + "-template.db");
        if (!Files.exists(template)) {
            side.seconds(folder, "batches", "sqlite:///" + template, 1);
        }
        Path copy = folder.resolve(side + ".db");
        for (String suffix : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(folder.resolve(side + ".db" + suffix));
        }
        Files.copy(template, copy, StandardCopyOption.REPLACE_EXISTING);
        settle();
        return "sqlite:///" + copy;
    }
}
