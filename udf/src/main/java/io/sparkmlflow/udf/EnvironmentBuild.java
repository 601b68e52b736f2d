package io.sparkmlflow.udf;

import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.config.Setting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes a virtual environment with Python's own {@code venv} and {@code pip}, which take their settings from where they always do. */
final class EnvironmentBuild {
    /** Packages of the Python that runs Spark would count as installed. */
    private static final Set<String> OTHERS_PATHS =
            Set.of("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER");

    private static final int LAST_LINES = 3;

    private final PythonEnvironment wanted;
    private final String base;
    private final Path folder;
    private final Path complete;
    private final Path log;

    private EnvironmentBuild(PythonEnvironment wanted, String base, Path folder) {
        this.wanted = wanted;
        this.base = base;
        this.folder = folder;
        this.complete = folder.resolve("complete");
        this.log = beside(".log");
    }

    /**
     * Chooses the Python that an environment is made with: the workers' own, or {@code python3.11} for 3.11.
     *
     * @throws ModelExpressionException if none is of the right version
     */
    static EnvironmentBuild of(PythonEnvironment wanted, Path root) {
        List<String> others = new ArrayList<>();
        for (String base : List.of(wanted.base(), "python" + wanted.line())) {
            String version = version(base);
            if (version != null && PythonInterpreter.line(version).equals(wanted.line())) {
                return new EnvironmentBuild(wanted, base, root.resolve("spark-mlflow-" + wanted.key(version)));
            }
            others.add(base + (version == null ? " is not there" : " is " + version));
        }
        throw wanted.failure(
                "it wants Python " + wanted.line() + ", but " + String.join(" and ", others)
                        + "; install it, or let it run in the workers' own Python with "
                        + Setting.FUNCTIONS_ENV_MANAGER.sparkKey() + "=local",
                null);
    }

    private static String version(String executable) {
        try {
            Process process = new ProcessBuilder(
                            executable, "-S", "-E", "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return version.matches("\\d+\\.\\d+\\.\\d+") ? version : null;
        } catch (IOException e) {
            return null;
        }
    }

    Path lockFile() {
        return beside(".lock");
    }

    private Path beside(String suffix) {
        return folder.resolveSibling(folder.getFileName() + suffix);
    }

    /** Returns the environment's Python; makes the environment if it isn't there. Only for the holder of the lock. */
    Path run() throws IOException {
        Path python = folder.resolve("bin").resolve("python");
        if (!Files.exists(complete) || !Files.isExecutable(python)) {
            TemporaryFolders.delete(folder);
            try {
                make(python);
                Files.createFile(complete);
            } finally {
                if (!Files.exists(complete)) {
                    TemporaryFolders.delete(folder);
                }
            }
        }
        return python;
    }

    private void make(Path python) throws IOException {
        execute(folder.getParent(), "make it", base, "-m", "venv", folder.toString());
        Path files = folder.resolve("model");
        for (Map.Entry<String, byte[]> file : wanted.files().entrySet()) {
            Path copy = files.resolve(file.getKey());
            Files.createDirectories(copy.getParent());
            Files.write(copy, file.getValue());
        }
        List<String> install = new ArrayList<>(List.of(
                python.toString(),
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--no-input",
                "--requirement",
                PythonEnvironment.REQUIREMENTS));
        install.addAll(PythonEnvironment.ALSO);
        execute(files, "install the model's requirements", install.toArray(String[]::new));
    }

    private void execute(Path directory, String aim, String... command) throws IOException {
        long before = Files.exists(log) ? Files.size(log) : 0;
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeAll(OTHERS_PATHS);
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            while (process.isAlive()) {
                VirtualEnvironments.pause(wanted);
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw wanted.failure(
                    "Python could not " + aim + " in " + folder + ", and said: " + lastWords(before)
                            + " (all of it is in " + log + ")",
                    null);
        }
    }

    /** Returns pip's own errors, or what was said last. */
    private String lastWords(long before) throws IOException {
        byte[] said = Files.readAllBytes(log);
        int from = (int) Math.min(before, said.length);
        List<String> lines = new String(said, from, said.length - from, StandardCharsets.UTF_8)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        List<String> errors =
                lines.stream().filter(line -> line.startsWith("ERROR: ")).toList();
        List<String> told = errors.isEmpty() ? lines : errors;
        return String.join(" ", told.subList(Math.max(0, told.size() - LAST_LINES), told.size()));
    }
}
