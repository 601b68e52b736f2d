package io.sparkmlflow.model;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files beside {@code MLmodel} from which Python makes an environment to serve the model in. They do not matter to who
 * loads the model into a running Python.
 *
 * @param conda {@code conda.yaml}, or {@code null} if there is none
 * @param python {@code python_env.yaml}, or {@code null} if there is none
 * @param requirements the lines of {@code requirements.txt}; empty if there is none
 * @param constraints the lines of {@code constraints.txt}; empty if there is none
 */
public record ModelEnvironmentFiles(
        CondaEnvironment conda, PythonEnvironment python, List<String> requirements, List<String> constraints) {
    /** The names of the two text files. */
    public static final String REQUIREMENTS_FILE = "requirements.txt";

    public static final String CONSTRAINTS_FILE = "constraints.txt";

    private static final String MLFLOW = "mlflow==";

    public ModelEnvironmentFiles {
        requirements = List.copyOf(requirements);
        constraints = List.copyOf(constraints);
        requirements.forEach(line -> checkLine(line, REQUIREMENTS_FILE));
        constraints.forEach(line -> checkLine(line, CONSTRAINTS_FILE));
    }

    /**
     * Describes an environment in the way of Python's {@code save_model}.
     *
     * @param mlflowVersion the MLflow that reads the model, e.g. {@code 3.17.2}; required first
     * @param pythonVersion the Python, e.g. {@code 3.11.7}
     * @param requirements what else is required, in order, as lines of a requirements file
     */
    public static ModelEnvironmentFiles of(String mlflowVersion, String pythonVersion, List<String> requirements) {
        return of(mlflowVersion, pythonVersion, requirements, List.of());
    }

    /**
     * Describes an environment with version constraints.
     *
     * @param constraints the lines of {@code constraints.txt}, which the requirements then refer to
     */
    public static ModelEnvironmentFiles of(
            String mlflowVersion, String pythonVersion, List<String> requirements, List<String> constraints) {
        List<String> all = new ArrayList<>();
        all.add(MLFLOW + mlflowVersion);
        all.addAll(requirements);
        if (!constraints.isEmpty()) {
            all.add("-c " + CONSTRAINTS_FILE);
        }
        // A JVM has no pip of its own whose version it could name, as Python does.
        CondaEnvironment conda = new CondaEnvironment(
                "mlflow-env", List.of("conda-forge"), List.of("python=" + pythonVersion, "pip"), all, Map.of());
        PythonEnvironment python = new PythonEnvironment(
                pythonVersion, List.of("pip", "setuptools", "wheel"), List.of("-r " + REQUIREMENTS_FILE), Map.of());
        return new ModelEnvironmentFiles(conda, python, all, constraints);
    }

    /**
     * Reads the files of a model's folder; those that are missing are left out.
     *
     * @throws MlflowException {@code INVALID_PARAMETER_VALUE} if one of them is malformed
     */
    public static ModelEnvironmentFiles read(Path folder) {
        return new ModelEnvironmentFiles(
                CondaEnvironment.find(folder).orElse(null),
                PythonEnvironment.find(folder).orElse(null),
                lines(folder.resolve(REQUIREMENTS_FILE)),
                lines(folder.resolve(CONSTRAINTS_FILE)));
    }

    /** Writes the files that there are into a model's folder, replacing those of the same names. */
    public void write(Path folder) throws IOException {
        if (conda != null) {
            conda.write(folder);
        }
        if (python != null) {
            python.write(folder);
        }
        writeLines(requirements, folder.resolve(REQUIREMENTS_FILE));
        writeLines(constraints, folder.resolve(CONSTRAINTS_FILE));
    }

    /** Returns the version that the requirements pin MLflow to, if they do. */
    public Optional<String> mlflowVersion() {
        return requirements.stream()
                .filter(line -> line.startsWith(MLFLOW))
                .map(line -> line.substring(MLFLOW.length()).strip())
                .findFirst();
    }

    /** Returns the value of {@code env} in the {@code python_function} flavor: the names of the two environment files. */
    public static Map<String, Object> flavorEntry() {
        return Map.of("conda", CondaEnvironment.FILE_NAME, "virtualenv", PythonEnvironment.FILE_NAME);
    }

    private static List<String> lines(Path file) {
        return ModelFiles.find(file).map(text -> text.lines().toList()).orElse(List.of());
    }

    /** Without a line break at the end, as Python writes it. */
    private static void writeLines(List<String> lines, Path file) throws IOException {
        if (!lines.isEmpty()) {
            ModelFiles.write(file, String.join("\n", lines));
        }
    }

    private static void checkLine(String line, String file) {
        if (line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0) {
            throw MlflowException.invalidParameter(
                    "A line of " + file + " has a line break in it: give each requirement of its own: '" + line + "'");
        }
    }
}
