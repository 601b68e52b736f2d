package io.sparkmlflow.benchmarks;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Single rows in one thread, each side in a JVM of its own in turn: {@code RowScorer}, MLeap's row transformer and JPMML's
 * evaluator. The peers run on the Sparks that they are made for, fit the same pipeline to the same rows and are told by the sum
 * of their predictions; what a peer can't do is said.
 */
final class RowBenchmark {
    private static final Path PEERS = Path.of("target/peers").toAbsolutePath();
    private static final Path PEER_SOURCES = Path.of("src/main/peers").toAbsolutePath();
    private static final Path SOURCES =
            Path.of("src/main/java/io/sparkmlflow/benchmarks").toAbsolutePath();
    private static final Path SPARKS =
            Path.of("../build/spark").toAbsolutePath().normalize();
    private static final int CALLS = 300_000;
    private static final int SMOKE_CALLS = 5000;
    private static final Map<ScoringPipelines, Double> GOALS =
            Map.of(ScoringPipelines.NUMBERS, 2.0, ScoringPipelines.FOREST, 8.0, ScoringPipelines.TEXT, 15.0);

    private final ScoringSpark spark;
    private final Path folder;
    private final int pairs;
    private final int calls;

    RowBenchmark(ScoringSpark spark, Path folder, int pairs, boolean isSmoke) {
        this.spark = spark;
        this.folder = folder;
        this.pairs = pairs;
        this.calls = isSmoke ? SMOKE_CALLS : CALLS;
    }

    /** How a side is started. */
    private interface Scorer {
        List<String> command(ScoringPipelines pipeline);
    }

    void run() {
        Map<String, Scorer> arms = new LinkedHashMap<>();
        arms.put("RowScorer", this::ours);
        addPeer(arms, "MLeap", "mleap", "MleapRows", "3.5.*");
        addPeer(arms, "JPMML", "jpmml", "JpmmlRows", "4.0.*");
        for (ScoringPipelines pipeline : ScoringPipelines.values()) {
            Map<String, List<double[]>> measured = new LinkedHashMap<>();
            for (int i = 0; i < pairs; i++) {
                arms.forEach((name, arm) -> {
                    List<double[]> times = measured.computeIfAbsent(name, same -> new ArrayList<>());
                    double[] figures = figures(name, arm.command(pipeline));
                    if (figures != null) {
                        times.add(figures);
                    }
                });
            }
            System.out.printf(
                    Locale.ROOT,
                    "single rows of %s, %d calls in %d JVMs each; wanted: p50 at most %.0f us, p99 at most 4 times p50%n",
                    pipeline.name().toLowerCase(Locale.ROOT),
                    calls,
                    pairs,
                    GOALS.get(pipeline));
            measured.forEach((name, times) -> System.out.println(told(name, times)));
            System.out.println();
        }
    }

    private static String told(String name, List<double[]> times) {
        if (times.isEmpty()) {
            return "  " + name + ": cannot do it, see errors.txt";
        }
        return String.format(
                Locale.ROOT,
                "  %s: p50 %s us, p99 %s us, p99 / p50 %s; sum of the predictions %.1f",
                name,
                Ratios.range(times.stream().map(figures -> figures[0]).toList()),
                Ratios.range(times.stream().map(figures -> figures[1]).toList()),
                Ratios.range(
                        times.stream().map(figures -> figures[1] / figures[0]).toList()),
                times.get(0)[2]);
    }

    private double[] figures(String name, List<String> command) {
        List<String> answers = new ArrayList<>();
        try {
            Side.execute(
                    folder,
                    command,
                    line -> {
                        if (line.startsWith(RowTimes.ANSWER)) {
                            answers.add(line.substring(RowTimes.ANSWER.length()));
                        }
                    },
                    name);
        } catch (IllegalStateException e) {
            return null;
        }
        return Stream.of(answers.get(0).split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private List<String> ours(ScoringPipelines pipeline) {
        List<String> command = java(System.getProperty("java.class.path"), RowSide.class.getName());
        command.addAll(List.of(
                folder.toString(), spark.save(pipeline).path().toString(), pipeline.name(), String.valueOf(calls)));
        return command;
    }

    /** Adds a peer whose jars were resolved, with its program compiled for the Spark that it is made for. */
    private void addPeer(Map<String, Scorer> arms, String name, String jars, String program, String sparkVersion) {
        if (!Files.isDirectory(PEERS.resolve(jars))) {
            System.out.println("Without " + name + ": its jars could not be resolved\n");
            return;
        }
        Path home = Arm.only(SPARKS, sparkVersion).resolve("pyspark");
        String classPath = String.join(
                File.pathSeparator,
                home.resolve("jars") + "/*",
                PEERS.resolve(jars) + "/*",
                classes(jars).toString());
        compile(classPath, jars, program);
        arms.put(name, pipeline -> {
            List<String> command = java(classPath, "io.sparkmlflow.benchmarks." + program);
            command.addAll(List.of(folder.toString(), pipeline.name(), String.valueOf(calls)));
            return command;
        });
    }

    private Path classes(String jars) {
        return folder.resolve(jars + "-classes");
    }

    private void compile(String classPath, String jars, String program) {
        Side.execute(
                folder,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                        "-nowarn",
                        "-proc:none",
                        "-cp",
                        classPath,
                        "-d",
                        classes(jars).toString(),
                        SOURCES.resolve("ScoringPipelines.java").toString(),
                        SOURCES.resolve("RowTimes.java").toString(),
                        PEER_SOURCES.resolve(program + ".java").toString()),
                System.out::println,
                "javac of " + program);
    }

    private static List<String> java(String classPath, String program) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", classPath, program));
        return command;
    }
}
