package io.sparkmlflow.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The file {@code python_env.yaml} of a model, from which MLflow makes a virtual environment.
 *
 * @param python the version of Python, e.g. {@code 3.11.7}; {@code null} for the one that runs
 * @param buildDependencies what is installed first, e.g. {@code pip==23.2.1}
 * @param dependencies what is installed then, e.g. {@code -r requirements.txt}
 * @param otherKeys what else the file says; kept when it is written
 */
public record PythonEnvironment(
        String python, List<String> buildDependencies, List<String> dependencies, Map<String, Object> otherKeys) {
    /** The file's name. */
    public static final String FILE_NAME = "python_env.yaml";

    private static final String PYTHON = "python";
    private static final String BUILD_DEPENDENCIES = "build_dependencies";
    private static final String DEPENDENCIES = "dependencies";

    public PythonEnvironment {
        buildDependencies = List.copyOf(buildDependencies);
        dependencies = List.copyOf(dependencies);
        otherKeys = Collections.unmodifiableMap(new LinkedHashMap<>(otherKeys));
    }

    /**
     * Reads the file of a model's folder.
     *
     * @return empty if the model has none
     * @throws io.sparkmlflow.MlflowException {@code INVALID_PARAMETER_VALUE} if it is not such a file
     */
    public static Optional<PythonEnvironment> find(Path folder) {
        return ModelFiles.find(folder.resolve(FILE_NAME)).map(PythonEnvironment::parse);
    }

    /** Reads the file's text. Throws {@code INVALID_PARAMETER_VALUE} if it does not describe an environment. */
    public static PythonEnvironment parse(String yaml) {
        YamlFields fields = YamlFields.of(yaml, FILE_NAME);
        return new PythonEnvironment(
                fields.takeText(PYTHON),
                fields.takeTexts(BUILD_DEPENDENCIES),
                fields.takeTexts(DEPENDENCIES),
                fields.remaining());
    }

    /** Returns the file's text, as Python writes it: keys in this order, nothing that is empty. */
    public String toYaml() {
        Map<String, Object> document = new LinkedHashMap<>();
        if (python != null) {
            document.put(PYTHON, python);
        }
        if (!buildDependencies.isEmpty()) {
            document.put(BUILD_DEPENDENCIES, buildDependencies);
        }
        if (!dependencies.isEmpty()) {
            document.put(DEPENDENCIES, dependencies);
        }
        document.putAll(otherKeys);
        return PythonYaml.inOrder(document);
    }

    /** Writes the file into a model's folder, replacing one that is there. */
    public void write(Path folder) throws IOException {
        ModelFiles.write(folder.resolve(FILE_NAME), toYaml());
    }
}
