package io.sparkmlflow.benchmarks;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Single rows in one thread, each side in a JVM of its own in turn: {@code RowScorer}, MLeap's row transformer and JPMML's
 * evaluator. All score the same rows; MLeap gets the numbers of the very model that is saved for {@code RowScorer}, JPMML the
 * same pipeline fitted to the same rows in the Spark that it can read. That all compute the same is told by the sum of their
 * predictions; what a peer can't do is said.
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

    /** How a side is started; null if it can't do a pipeline. */
    private interface Scorer {
        List<String> command(ScoringPipelines pipeline);
    }

    /** What one JVM has measured, in microseconds. */
    private record Times(double middle, double p99, double sum) {}

    void run() {
        for (ScoringPipelines pipeline : ScoringPipelines.values()) {
            try {
                PlainPipelines.of(
                                spark.session(), pipeline, spark.save(pipeline).model())
                        .write(data(pipeline));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        Map<String, Scorer> arms = new LinkedHashMap<>();
        arms.put("RowScorer", this::ours);
        addMleap(arms);
        addJpmml(arms);
        for (ScoringPipelines pipeline : ScoringPipelines.values()) {
            System.out.println(measured(pipeline, arms));
        }
    }

    private String measured(ScoringPipelines pipeline, Map<String, Scorer> arms) {
        Map<String, List<Times>> measured = new LinkedHashMap<>();
        arms.keySet().forEach(name -> measured.put(name, new ArrayList<>()));
        for (int i = 0; i < pairs; i++) {
            List<String> names = new ArrayList<>(arms.keySet());
            Collections.rotate(names, i);
            for (String name : names) {
                Times times = times(name, arms.get(name).command(pipeline));
                if (times != null) {
                    measured.get(name).add(times);
                }
            }
        }
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "single rows of %s, %d calls in %d JVMs each; wanted: p50 at most %.0f us and below MLeap's, p99 at most 4 times"
                        + " p50%n",
                pipeline.name().toLowerCase(Locale.ROOT),
                calls,
                pairs,
                GOALS.get(pipeline)));
        List<Times> ours = measured.get("RowScorer");
        measured.forEach((name, times) -> text.append(told(name, times, ours)));
        return text.toString();
    }

    private static String told(String name, List<Times> times, List<Times> ours) {
        if (times.isEmpty()) {
            return "  " + name + ": cannot do it, see errors.txt\n";
        }
        String text = String.format(
                Locale.ROOT,
                "  %s: p50 %s us, p99 %s us, p99 / p50 %s; sum of the predictions %.1f%n",
                name,
                Ratios.range(times.stream().map(Times::middle).toList()),
                Ratios.range(times.stream().map(Times::p99).toList()),
                Ratios.range(
                        times.stream().map(time -> time.p99() / time.middle()).toList()),
                times.get(0).sum());
        if (times == ours || times.size() != ours.size()) {
            return text;
        }
        return text
                + String.format(
                        "    its p50 is that of RowScorer times %s%n",
                        Ratios.range(IntStream.range(0, times.size())
                                .mapToObj(
                                        i -> times.get(i).middle() / ours.get(i).middle())
                                .toList()));
    }

    /** Returns null for a side that fails. */
    private Times times(String name, List<String> command) {
        if (command == null) {
            return null;
        }
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
        double[] numbers = Stream.of(answers.get(0).split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        return new Times(numbers[0], numbers[1], numbers[2]);
    }

    private Path data(ScoringPipelines pipeline) {
        return folder.resolve(pipeline.name() + ".rows");
    }

    private List<String> ours(ScoringPipelines pipeline) {
        return java(
                System.getProperty("java.class.path"),
                RowSide.class.getName(),
                spark.save(pipeline).path(),
                data(pipeline),
                calls);
    }

    /** MLeap is alone on its class path: the linear algebra of a Spark of today is not what it was made for. */
    private void addMleap(Map<String, Scorer> arms) {
        if (!resolved("MLeap", "mleap")) {
            return;
        }
        String classPath = classPath("mleap");
        compile(classPath, "mleap", "PlainPipeline.java", "RowTimes.java", "MleapRows.java");
        arms.put("MLeap", pipeline -> java(classPath, peer("MleapRows"), data(pipeline), calls));
    }

    /** JPMML converts models of the Spark that it is made for, and scores without one. */
    private void addJpmml(Map<String, Scorer> arms) {
        if (!resolved("JPMML", "jpmml")) {
            return;
        }
        String classPath = classPath("jpmml");
        Path home = Arm.only(SPARKS, "4.0.*").resolve("pyspark");
        String withSpark = home.resolve("jars") + "/*" + File.pathSeparator + classPath;
        compile(
                withSpark,
                "jpmml",
                "PlainPipeline.java",
                "RowTimes.java",
                "JpmmlRows.java",
                "ScoringPipelines.java",
                "JpmmlModels.java");
        Side.execute(folder, java(withSpark, peer("JpmmlModels"), folder), line -> {}, "JpmmlModels");
        arms.put("JPMML", pipeline -> {
            Path model = folder.resolve(pipeline.name() + ".pmml");
            return Files.exists(model) ? java(classPath, peer("JpmmlRows"), model, data(pipeline), calls) : null;
        });
    }

    private static boolean resolved(String name, String jars) {
        if (Files.isDirectory(PEERS.resolve(jars))) {
            return true;
        }
        System.out.println("Without " + name + ": its jars could not be resolved\n");
        return false;
    }

    private String classPath(String jars) {
        return PEERS.resolve(jars) + "/*" + File.pathSeparator + classes(jars);
    }

    private Path classes(String jars) {
        return folder.resolve(jars + "-classes");
    }

    private static String peer(String program) {
        return "io.sparkmlflow.benchmarks." + program;
    }

    private void compile(String classPath, String jars, String... sources) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-nowarn",
                "-proc:none",
                "-cp",
                classPath,
                "-d",
                classes(jars).toString()));
        for (String source : sources) {
            Path own = SOURCES.resolve(source);
            command.add((Files.exists(own) ? own : PEER_SOURCES.resolve(source)).toString());
        }
        Side.execute(folder, command, System.out::println, "javac of " + List.of(sources));
    }

    private static List<String> java(String classPath, String program, Object... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", classPath, program));
        Stream.of(arguments).map(String::valueOf).forEach(command::add);
        return command;
    }
}
