package io.sparkmlflow.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One process of Python with one Spark, which logs its model as often as it is asked to. */
final class PythonFlavor implements AutoCloseable {
    private static final String SCRIPT =
            Path.of("src/main/python/flavor_side.py").toAbsolutePath().toString();

    private final Path folder;
    private final Process process;
    private final BufferedWriter questions;
    private final BufferedReader answers;

    private PythonFlavor(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
        this.questions = process.outputWriter(StandardCharsets.UTF_8);
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Writes {@code iris.csv}. */
    static void writeIris(Path folder) throws IOException, InterruptedException {
        if (start(folder, "iris").waitFor() != 0) {
            throw new IOException("Python wrote no iris.csv; see " + folder.resolve("errors.txt"));
        }
    }

    /** Starts a process whose model is fitted. */
    static PythonFlavor open(Path folder, String trackingUri) throws IOException {
        PythonFlavor python = new PythonFlavor(folder, start(folder, "log", trackingUri));
        python.answer("ready");
        return python;
    }

    /** Logs the model with {@code default} requirements, which MLflow finds out, or with {@code given} ones. */
    Cost log(String requirements) {
        try {
            questions.write(requirements + "\n");
            questions.flush();
            return Cost.parse(answer("[0-9.]+(e-?[0-9]+)?"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the next line of that form; Spark and MLflow print others. */
    private String answer(String pattern) throws IOException {
        String line = answers.readLine();
        while (line != null && !line.matches(pattern)) {
            line = answers.readLine();
        }
        if (line == null) {
            throw new IOException("Python ended; see " + folder.resolve("errors.txt"));
        }
        return line;
    }

    private static Process start(Path folder, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(Side.PYTHON_PROGRAM.toString(), SCRIPT));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("errors.txt").toFile()));
        builder.environment().putAll(Side.ENVIRONMENT);
        return builder.start();
    }

    /** Python ends with its input, and its Spark with it. */
    @Override
    public void close() throws IOException {
        questions.close();
        process.onExit().join();
    }
}
