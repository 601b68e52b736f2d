package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.CondaEnvironment;
import io.sparkmlflow.model.ModelEnvironmentFiles;
import io.sparkmlflow.model.PythonEnvironment;
import io.sparkmlflow.model.PythonJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Python needs for a model, for {@code conda.yaml}, {@code python_env.yaml} and {@code requirements.txt}.
 *
 * <p>It names the running Spark; nothing is guessed by starting a subprocess. A JVM has no Python of its own to name, so
 * {@value #PYTHON_VERSION} stands for "one that this MLflow and every supported Spark run on".
 */
final class ModelEnvironment {
    static final String MLFLOW_VERSION = "3.17.2";
    static final String PYTHON_VERSION = "3.11.7";

    /** Vendors add a fourth number, too. */
    private static final Pattern RELEASE = Pattern.compile("\\d+(\\.\\d+){0,2}");

    private static final Pattern MLFLOW = Pattern.compile("(?i)mlflow(-skinny)?\\s*(\\[[^]]*])?\\s*([=<>!~;@].*)?");

    private ModelEnvironment() {}

    /**
     * Describes the environment that the options ask for.
     *
     * @param sparkVersion the version that the model was fitted with; a vendor's suffix is left out, since PyPI has no such
     *     {@code pyspark}
     */
    static ModelEnvironmentFiles of(String sparkVersion, ModelOptions options) {
        if (options.condaEnv() != null) {
            return ofConda(conda(options.condaEnv()), pythonVersion(options));
        }
        List<String> requirements = new ArrayList<>();
        if (options.pipRequirements() == null) {
            requirements.add("pyspark==" + release(sparkVersion));
        }
        for (List<String> given : lists(options.pipRequirements(), options.extraPipRequirements())) {
            requirements.addAll(given);
        }
        RequirementFiles read = RequirementFiles.of(requirements);
        return pinned(pythonVersion(options), read.requirements(), read.constraints());
    }

    private static String pythonVersion(ModelOptions options) {
        return options.pythonVersion() == null ? PYTHON_VERSION : options.pythonVersion();
    }

    private static ModelEnvironmentFiles pinned(
            String pythonVersion, List<String> requirements, List<String> constraints) {
        ModelEnvironmentFiles files =
                ModelEnvironmentFiles.of(MLFLOW_VERSION, pythonVersion, requirements, constraints);
        if (requirements.stream().noneMatch(ModelEnvironment::isMlflow)) {
            return files;
        }
        List<String> withoutOurs =
                files.requirements().subList(1, files.requirements().size());
        CondaEnvironment conda = files.conda();
        return new ModelEnvironmentFiles(
                new CondaEnvironment(
                        conda.name(), conda.channels(), conda.dependencies(), withoutOurs, conda.otherKeys()),
                files.python(),
                withoutOurs,
                constraints);
    }

    private static ModelEnvironmentFiles ofConda(CondaEnvironment given, String pythonVersion) {
        RequirementFiles read = RequirementFiles.of(given.pipDependencies());
        List<String> requirements = new ArrayList<>(read.requirements());
        List<String> dependencies = new ArrayList<>(given.dependencies());
        if (requirements.stream().noneMatch(ModelEnvironment::isMlflow)
                && dependencies.stream().noneMatch(ModelEnvironment::isMlflow)) {
            requirements.add(0, "mlflow==" + MLFLOW_VERSION);
        }
        if (!requirements.isEmpty() && dependencies.stream().noneMatch(line -> line.matches("pip([=<>!~ ].*)?"))) {
            dependencies.add("pip");
        }
        String python = dependencies.stream()
                .filter(line -> line.matches("python==?\\d.*"))
                .map(line -> line.replaceFirst("python==?", ""))
                .findFirst()
                .orElse(pythonVersion);
        if (!read.constraints().isEmpty()) {
            requirements.add("-c " + ModelEnvironmentFiles.CONSTRAINTS_FILE);
        }
        PythonEnvironment defaults =
                ModelEnvironmentFiles.of(MLFLOW_VERSION, python, List.of()).python();
        return new ModelEnvironmentFiles(
                new CondaEnvironment(given.name(), given.channels(), dependencies, requirements, given.otherKeys()),
                defaults,
                requirements,
                read.constraints());
    }

    private static CondaEnvironment conda(Object given) {
        if (given instanceof Map<?, ?> map) {
            // JSON is YAML.
            return CondaEnvironment.parse(PythonJson.compact(PlainValues.map("conda_env", map)));
        }
        Path file = (Path) given;
        try {
            return CondaEnvironment.parse(Files.readString(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw MlflowException.invalidParameter("Cannot read the conda environment '" + file
                    + "': expected the path of a YAML file, or a map with channels and dependencies");
        }
    }

    private static boolean isMlflow(String requirement) {
        return MLFLOW.matcher(requirement.strip()).matches();
    }

    private static String release(String sparkVersion) {
        Matcher release = RELEASE.matcher(sparkVersion);
        return release.lookingAt() ? release.group() : sparkVersion;
    }

    @SafeVarargs
    private static List<List<String>> lists(List<String>... mayBeNull) {
        List<List<String>> lists = new ArrayList<>();
        for (List<String> list : mayBeNull) {
            if (list != null) {
                lists.add(list);
            }
        }
        return lists;
    }
}
