package io.sparkmlflow.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** One of the two programs of a pair, run as a process of its own. */
enum Side {
    PYTHON,
    JAVA;

    static final Path PYTHON_PROGRAM = Path.of("../build/venv/bin/python").toAbsolutePath();

    /** Settings that keep either side from asking the network, and the Python that PySpark starts. */
    static final Map<String, String> ENVIRONMENT = Map.of(
            "MLFLOW_DISABLE_TELEMETRY",
            "true",
            "GIT_PYTHON_REFRESH",
            "quiet",
            "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT",
            "true",
            "PYSPARK_PYTHON",
            PYTHON_PROGRAM.toString());

    /** Runs a program that measures itself. Returns its seconds. */
    double seconds(Path folder, String kind, String uri, int points) {
        List<String> lines = new ArrayList<>();
        run(folder, List.of(kind, uri, String.valueOf(points)), lines::add);
        return Double.parseDouble(lines.get(lines.size() - 1));
    }

    /** Runs a program that logs one metric. Returns the seconds from the start of its process until the metric was stored. */
    double secondsToFirstMetric(Path folder, String uri) {
        long start = System.nanoTime();
        long[] acknowledged = {0};
        run(folder, List.of("first", uri), line -> {
            if (line.equals("acknowledged")) {
                acknowledged[0] = System.nanoTime();
            }
        });
        if (acknowledged[0] == 0) {
            throw new IllegalStateException(this + " logged no metric; see " + folder.resolve("errors.txt"));
        }
        return (acknowledged[0] - start) / 1e9;
    }

    /** Runs another program of Java, with the options of this JVM, that prints what one call cost. */
    static Cost firstCall(Path folder, Class<?> program, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(arguments));
        List<String> lines = new ArrayList<>();
        execute(folder, command, lines::add, program.getSimpleName() + " " + List.of(arguments));
        return Cost.parse(lines.get(lines.size() - 1));
    }

    private void run(Path folder, List<String> arguments, Consumer<String> lines) {
        List<String> command = new ArrayList<>();
        if (this == PYTHON) {
            command.add(PYTHON_PROGRAM.toString());
            command.add(Path.of("src/main/python/side.py").toAbsolutePath().toString());
        } else {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), JavaSide.class.getName()));
        }
        command.addAll(arguments);
        execute(folder, command, lines, this + " " + arguments);
    }

    /** Runs a program to its end and hands over the lines that it prints; what it says of errors goes to a file in the folder. */
    static void execute(Path folder, List<String> command, Consumer<String> lines, String name) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("errors.txt").toFile()));
        builder.environment().putAll(ENVIRONMENT);
        try {
            Process process = builder.start();
            try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                out.lines().forEach(lines);
            }
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IllegalStateException(name + " ended with " + exit + "; see " + folder.resolve("errors.txt"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
