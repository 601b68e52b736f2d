package io.sparkmlflow.udf;

import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a model's folder says about the Python that it was made with. */
final class ModelRequirements {
    private static final Pattern REQUIREMENT = Pattern.compile(
            "^([A-Za-z0-9][A-Za-z0-9._-]*)\\s*(?:\\[[^]]*])?\\s*(?:(===?)\\s*([^\\s;,#]+)|[<>~!].*|[;#].*|@.*)?.*$");

    private ModelRequirements() {}

    /**
     * Compares what a model wants with what a Python has; versions are compared where the model names one.
     *
     * @param folder the model's folder
     * @return what differs, in the words {@code scikit-learn 1.5.0 (has 1.9.1)}; empty if nothing does
     */
    static List<String> mismatches(Path folder, MlModel mlmodel, PythonInterpreter python) {
        List<String> mismatches = new ArrayList<>();
        String wanted = mlmodel.flavor("python_function")
                .map(flavor -> flavor.get("python_version"))
                .map(String::valueOf)
                .orElse(python.version());
        if (!PythonInterpreter.line(wanted).equals(python.line())) {
            mismatches.add("Python " + wanted + " (is " + python.version() + ")");
        }
        for (String requirement : requirements(folder.resolve("requirements.txt"))) {
            Matcher parts = REQUIREMENT.matcher(requirement);
            if (!parts.matches()) {
                continue;
            }
            String has = python.packages().get(PythonInterpreter.normalized(parts.group(1)));
            String version = parts.group(3);
            if (has == null) {
                mismatches.add(parts.group(1) + (version == null ? "" : " " + version) + " (is missing)");
            } else if (version != null && !matches(has, version)) {
                mismatches.add(parts.group(1) + " " + version + " (has " + has + ")");
            }
        }
        return mismatches;
    }

    private static List<String> requirements(Path file) {
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        try {
            return Files.readAllLines(file).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#") && !line.startsWith("-"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file, e);
        }
    }

    /** A local version such as {@code 2.4.0+cpu} is the public one to a requirement without it. */
    private static boolean matches(String has, String wanted) {
        if (wanted.endsWith(".*")) {
            return (has + ".").startsWith(wanted.substring(0, wanted.length() - 1));
        }
        return has.equals(wanted)
                || (!wanted.contains("+") && has.replaceFirst("\\+.*", "").equals(wanted));
    }
}
