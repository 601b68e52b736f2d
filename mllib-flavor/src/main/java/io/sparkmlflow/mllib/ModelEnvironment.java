package io.sparkmlflow.mllib;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The files that tell Python what a model needs: {@code conda.yaml}, {@code python_env.yaml}, {@code requirements.txt}.
 *
 * <p>They name the running Spark; nothing is guessed by starting a subprocess. A JVM has no Python of its own to name, so
 * {@value #PYTHON_VERSION} stands for "one that this MLflow and every supported Spark run on".
 *
 * @param sparkVersion the version that the model was fitted with, as {@code pyspark} is versioned
 */
record ModelEnvironment(String sparkVersion) {
    static final String MLFLOW_VERSION = "3.17.2";
    static final String PYTHON_VERSION = "3.11.7";

    private static final String CONDA_FILE = "conda.yaml";
    private static final String PYTHON_ENV_FILE = "python_env.yaml";
    private static final String REQUIREMENTS_FILE = "requirements.txt";

    void write(Path folder) throws IOException {
        String mlflow = "mlflow==" + MLFLOW_VERSION;
        String pyspark = "pyspark==" + sparkVersion;
        write(folder.resolve(REQUIREMENTS_FILE), mlflow + "\n" + pyspark);
        write(folder.resolve(CONDA_FILE), """
                channels:
                - conda-forge
                dependencies:
                - python=%s
                - pip
                - pip:
                  - %s
                  - %s
                name: mlflow-env
                """.formatted(PYTHON_VERSION, mlflow, pyspark));
        write(folder.resolve(PYTHON_ENV_FILE), """
                python: %s
                build_dependencies:
                - pip
                - setuptools
                - wheel
                dependencies:
                - -r %s
                """.formatted(PYTHON_VERSION, REQUIREMENTS_FILE));
    }

    /** Returns the settings of the {@code python_function} flavor: Python loads the model through {@code mlflow.spark}. */
    Map<String, Object> pythonFunctionFlavor() {
        Map<String, Object> flavor = new LinkedHashMap<>();
        flavor.put("loader_module", "mlflow.spark");
        flavor.put("python_version", PYTHON_VERSION);
        flavor.put("data", SparkFlavor.MODEL_DATA);
        flavor.put("env", Map.of("conda", CONDA_FILE, "virtualenv", PYTHON_ENV_FILE));
        return flavor;
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }
}
