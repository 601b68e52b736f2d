package io.sparkmlflow.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs real processes, bounded in time, with none of the settings that the caller's shell may carry. */
final class Processes {
    private static final AtomicInteger COUNT = new AtomicInteger();

    /** They are over before the second compiler or a concurrent collector has paid for itself. */
    static final String SHORT_PROGRAM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

    /** The same for Spark: one compiler alone would get too small a place for its code. */
    static final String SHORT_SPARK = SHORT_PROGRAM + " -XX:ReservedCodeCacheSize=240m";

    private Processes() {}

    /**
     * Runs a process to its end. Its streams are kept in the working directory as {@code <n>.stdout} and {@code
     * <n>.stderr}.
     */
    static Outcome run(List<String> command, Path directory, Map<String, String> environment, Duration limit) {
        String kept = nextName();
        Path stdout = directory.resolve(kept + ".stdout");
        Path stderr = directory.resolve(kept + ".stderr");
        String asTyped = String.join(" ", command);
        try {
            Process process = builder(command, directory, environment)
                    .redirectOutput(stdout.toFile())
                    .redirectError(stderr.toFile())
                    .start();
            process.getOutputStream().close();
            boolean ended = process.waitFor(limit.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                askForThreads(process);
                kill(process);
            }
            Outcome outcome = new Outcome(asTyped, ended ? process.exitValue() : -1, text(stdout), text(stderr));
            if (!ended) {
                throw new AssertionError("Did not end within " + limit + ": " + outcome);
            }
            return outcome;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot run " + asTyped, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for " + asTyped, e);
        }
    }

    /** Returns the name, without its ending, of the files that keep a process's streams. */
    static String nextName() {
        return String.valueOf(COUNT.incrementAndGet());
    }

    /** Prepares a process; of the environment only what a bare login has is left, and {@code environment} is added. */
    static ProcessBuilder builder(List<String> command, Path directory, Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment()
                .keySet()
                .removeIf(name -> name.startsWith("MLFLOW_")
                        || name.startsWith("SPARK_")
                        || name.startsWith("PYSPARK_")
                        || name.startsWith("PYTHON")
                        || name.startsWith("HADOOP_")
                        || name.equals("JAVA_TOOL_OPTIONS"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().putAll(environment);
        return builder;
    }

    /** Has a JVM say on its standard output what its threads do: why it hangs. Any other program ends. */
    private static void askForThreads(Process process) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-QUIT", String.valueOf(process.pid()))
                .start()
                .waitFor();
        boolean ignored = process.waitFor(2, TimeUnit.SECONDS);
    }

    /** Ends a process that was started here, and what it started. */
    static void kill(Process process) throws InterruptedException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
    }

    static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
