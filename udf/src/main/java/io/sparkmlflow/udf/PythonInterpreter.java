package io.sparkmlflow.udf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparkmlflow.mllib.ScalaInterop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.python.PythonBroadcast;
import org.apache.spark.api.python.SimplePythonFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * The Python that Spark's workers run, as this machine has it: that of {@code spark.pyspark.python}, {@code PYSPARK_PYTHON}, or
 * {@code python3}. It is asked once in a process.
 *
 * @param executable how it is started
 * @param version all three numbers
 * @param packages the installed distributions by their normalized names
 */
record PythonInterpreter(String executable, String version, Map<String, String> packages) implements WorkerPython {
    private static final String CONF = "spark.pyspark.python";
    private static final String VARIABLE = "PYSPARK_PYTHON";
    private static final long LIMIT_SECONDS = 120;
    private static final JsonMapper JSON = new JsonMapper();
    private static final Map<String, PythonInterpreter> KNOWN = new ConcurrentHashMap<>();

    /**
     * Returns the Python for a session's models.
     *
     * @throws ModelExpressionException if there is none, or it has no MLflow, pandas or PyArrow
     */
    static PythonInterpreter of(SparkSession spark) {
        return of(executable(spark));
    }

    static PythonInterpreter of(String executable) {
        PythonInterpreter known = KNOWN.get(executable);
        if (known == null) {
            known = ask(executable);
            KNOWN.put(executable, known);
        }
        return known;
    }

    /** Returns how Spark's workers start Python. */
    static String executable(SparkSession spark) {
        String conf = ScalaInterop.orNull(spark.conf().getOption(CONF));
        String variable = System.getenv(VARIABLE);
        return conf != null && !conf.isBlank() ? conf : variable != null && !variable.isBlank() ? variable : "python3";
    }

    private static PythonInterpreter ask(String executable) {
        JsonNode answer;
        try {
            answer = JSON.readTree(run(executable));
        } catch (JsonProcessingException e) {
            throw unusable(executable, "it answered: " + e.getOriginalMessage());
        }
        Map<String, String> packages = new HashMap<>();
        answer.path("packages")
                .properties()
                .forEach(entry -> packages.put(
                        normalized(entry.getKey()), entry.getValue().asText()));
        List<String> modules =
                answer.path("modules").valueStream().map(JsonNode::asText).toList();
        for (String module : List.of("mlflow", "pandas", "pyarrow")) {
            if (!modules.contains(module)) {
                throw new ModelExpressionException("it is run by Python, and the Python of Spark's"
                        + " workers, " + executable + ", has no " + module + ": install it there (pip install mlflow"
                        + " pandas pyarrow), or name another Python in " + CONF);
            }
        }
        return new PythonInterpreter(executable, answer.path("version").asText(), Map.copyOf(packages));
    }

    private static String run(String executable) {
        try {
            Process process = new ProcessBuilder(executable, "-c", PythonCommand.text("describe.py"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw unusable(executable, "it did not answer in " + LIMIT_SECONDS + " seconds");
            }
            if (process.exitValue() != 0) {
                throw unusable(executable, "it ended with the code " + process.exitValue());
            }
            return answer;
        } catch (IOException e) {
            throw unusable(executable, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unusable(executable, "the thread was interrupted");
        }
    }

    private static ModelExpressionException unusable(String executable, String why) {
        return new ModelExpressionException("it is run by Python, but the Python of Spark's workers, " + executable
                + ", can't be run on the driver (" + why + "); name the one that has MLflow in " + CONF);
    }

    /** Returns a package's name as PEP 503 compares it. */
    static String normalized(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-");
    }

    /** Returns the first two numbers of the version, which a worker compares with its own. */
    String line() {
        return line(version);
    }

    static String line(String version) {
        return version.replaceFirst("^(\\d+\\.\\d+).*", "$1");
    }

    @Override
    public SimplePythonFunction function(byte[] command, List<Broadcast<PythonBroadcast>> broadcasts) {
        return new SimplePythonFunction(
                command, new HashMap<>(), new ArrayList<>(), executable, line(), new ArrayList<>(broadcasts), null);
    }
}
