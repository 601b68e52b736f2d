package io.sparkmlflow.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A Python that has imported the real MLflow and forks a process for each script: the import takes longer than most of them. There is one
 * for all tests of a JVM; it ends with the JVM, which closes its standard input.
 */
final class PythonImported {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static PythonImported shared;

    private final Process process;
    private final BufferedWriter requests;
    private final BufferedReader exitCodes;

    private PythonImported(Process process) {
        this.process = process;
        this.requests = process.outputWriter();
        this.exitCodes = process.inputReader();
    }

    /**
     * Runs a script with its arguments to its end; its streams are kept as {@link Processes#run} keeps them.
     *
     * @param script the path of the script, and its arguments
     */
    static synchronized Outcome run(List<String> script, Path directory, Duration limit) {
        try {
            if (shared == null) {
                shared = start();
            }
            return shared.fork(script, directory, limit);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot run " + script, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for " + script, e);
        }
    }

    private static PythonImported start() throws IOException {
        Path directory = Files.createDirectories(Path.of(Checkout.property("it.work")));
        return new PythonImported(Processes.builder(
                        List.of(
                                Checkout.python().toString(),
                                Checkout.pythonScript("run_scripts.py").toString()),
                        directory,
                        PythonMlflow.environment())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    private Outcome fork(List<String> script, Path directory, Duration limit) throws IOException, InterruptedException {
        String kept = Processes.nextName();
        Path stdout = directory.resolve(kept + ".stdout");
        Path stderr = directory.resolve(kept + ".stderr");
        requests.write(JSON.writeValueAsString(Map.of(
                "script",
                script,
                "directory",
                directory.toString(),
                "stdout",
                stdout.toString(),
                "stderr",
                stderr.toString())));
        requests.newLine();
        requests.flush();
        String exitCode = awaitExitCode(limit);
        String command = "python " + String.join(" ", script);
        if (exitCode == null) {
            boolean isAlive = process.isAlive();
            Processes.kill(process);
            shared = null;
            String what = isAlive ? "Did not end within " + limit : "The Python that forks ended";
            throw new AssertionError(what + ": " + new Outcome(command, -1, textOf(stdout), textOf(stderr)));
        }
        return new Outcome(command, Integer.parseInt(exitCode), textOf(stdout), textOf(stderr));
    }

    /** Returns {@code null} if there is none in time, or never will be. */
    private String awaitExitCode(Duration limit) throws InterruptedException {
        CompletableFuture<String> line = CompletableFuture.supplyAsync(() -> {
            try {
                return exitCodes.readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try {
            return line.get(limit.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            throw new AssertionError("Cannot read from the Python that forks", e);
        }
    }

    private static String textOf(Path file) throws IOException {
        return Files.exists(file) ? Processes.text(file) : "";
    }
}
