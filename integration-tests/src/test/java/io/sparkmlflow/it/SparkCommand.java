package io.sparkmlflow.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A spark-submit or spark-sql of a real distribution. */
final class SparkCommand {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final Distribution spark;
    private final String tool;
    private final Map<String, String> conf = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<String> rest = new ArrayList<>();
    private boolean withBundle;
    private boolean withSparksLogging;

    private SparkCommand(Distribution spark, String tool) {
        this.spark = spark;
        this.tool = tool;
        conf("spark.ui.enabled", "false");
        conf("spark.driver.host", "127.0.0.1");
        conf("spark.driver.bindAddress", "127.0.0.1");
        environment.put("SPARK_HOME", spark.home().toString());
    }

    /** A program of ours or a user's. */
    static SparkCommand submit(Distribution spark, String mainClass, Path jar, Object... arguments) {
        SparkCommand command = new SparkCommand(spark, "spark-submit");
        command.rest.addAll(List.of("--class", mainClass, jar.toString()));
        for (Object argument : arguments) {
            command.rest.add(argument.toString());
        }
        return command;
    }

    /** A program in Python, run by the Python beside the real MLflow. */
    static SparkCommand submitPython(Distribution spark, Path program, Object... arguments) {
        SparkCommand command = new SparkCommand(spark, "spark-submit");
        command.environment("PYSPARK_PYTHON", Checkout.python().toString());
        command.environment("PYSPARK_DRIVER_PYTHON", Checkout.python().toString());
        command.rest.add(program.toString());
        for (Object argument : arguments) {
            command.rest.add(argument.toString());
        }
        return command;
    }

    /** SQL statements, with the functions that the extension adds. */
    static SparkCommand sql(Distribution spark, String statements) {
        SparkCommand command = new SparkCommand(spark, "spark-sql");
        command.withBundle = true;
        command.conf("spark.sql.extensions", "io.sparkmlflow.MlflowSparkExtensions");
        command.conf("spark.sql.catalogImplementation", "in-memory");
        command.rest.addAll(List.of("-S", "-e", statements));
        return command;
    }

    /** Adds the shipped jar and its listener, with time enough to log everything however busy the machine is. */
    SparkCommand tracked() {
        withBundle = true;
        conf("spark.mlflow.flushTimeoutSeconds", "180");
        return conf("spark.extraListeners", "io.sparkmlflow.MlflowSparkListener");
    }

    SparkCommand conf(String key, String value) {
        conf.put(key, value);
        return this;
    }

    SparkCommand environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Logs as Spark does when nobody configures it, so that {@link Outcome#ourWarnings()} finds nothing. */
    SparkCommand withSparksLogging() {
        withSparksLogging = true;
        return this;
    }

    /** Runs it in {@code directory}. */
    Outcome run(Path directory) {
        List<String> command = new ArrayList<>();
        command.add(spark.home().resolve("bin").resolve(tool).toString());
        command.addAll(List.of("--master", "local[2]"));
        if (withBundle) {
            command.addAll(List.of("--jars", spark.bundle().toString()));
        }
        if (!withSparksLogging) {
            Path logging = Checkout.root().resolve("integration-tests/src/test/resources/log4j2-it.properties");
            command.addAll(List.of("--driver-java-options", "-Dlog4j2.configurationFile=" + logging.toUri()));
        }
        conf.forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
        command.addAll(rest);
        return Processes.run(command, directory, environment, LIMIT);
    }
}
