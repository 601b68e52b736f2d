package io.sparkmlflow.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The real MLflow: scripts of {@code src/test/python} that print one JSON document as their last line. */
final class PythonMlflow {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofMinutes(15);

    private PythonMlflow() {}

    /** Runs a script in {@code directory} and returns the JSON that it printed. */
    static JsonNode run(Path directory, String script, Object... arguments) {
        return json(outcome(directory, Map.of(), script, arguments));
    }

    /** Runs a script to its good end, in a process of its own. */
    static Outcome outcome(Path directory, Map<String, String> variables, String script, Object... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Checkout.pythonScript(script).toString());
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        if (variables.isEmpty()) {
            return PythonImported.run(command, directory, LIMIT).assertSucceeded();
        }
        // What a variable says may count at an import already.
        Map<String, String> environment = environment();
        environment.putAll(variables);
        command.add(0, Checkout.python().toString());
        return Processes.run(command, directory, environment, LIMIT).assertSucceeded();
    }

    static Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>(Distribution.inVenv().shortPrograms());
        environment.put("PYSPARK_PYTHON", Checkout.python().toString());
        environment.put("PYSPARK_DRIVER_PYTHON", Checkout.python().toString());
        environment.put("MLFLOW_DISABLE_TELEMETRY", "true");
        environment.put("GIT_PYTHON_REFRESH", "quiet");
        return environment;
    }

    /** Reads the last line that a process printed. */
    static JsonNode json(Outcome outcome) {
        List<String> lines = outcome.stdoutLines();
        try {
            return JSON.readTree(lines.get(lines.size() - 1));
        } catch (JsonProcessingException e) {
            throw new AssertionError("No JSON from " + outcome, e);
        }
    }

    /** Returns everything that a store holds, as the real MLflow's client sees it. */
    static Tracked describe(Path directory, String trackingUri) {
        return new Tracked(run(directory, "describe_store.py", trackingUri));
    }

    /** Returns the URI of the SQLite file that Python's MLflow uses by default in {@code directory}. */
    static String defaultStore(Path directory) {
        return "sqlite:///" + directory.resolve("mlflow.db");
    }
}
