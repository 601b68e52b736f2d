package io.sparkmlflow.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A spark-submit or spark-sql of a real distribution. */
final class SparkCommand {
    private static final Duration LIMIT = Duration.ofMinutes(15);

    private final Distribution spark;
    private final String tool;
    private final Map<String, String> conf = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<String> rest = new ArrayList<>();
    private final List<String> jars = new ArrayList<>();
    private final List<String> jvmOptions = new ArrayList<>();
    private String master = "local[2]";
    private boolean withSparksLogging;
    private int maxFileKib;

    private SparkCommand(Distribution spark, String tool) {
        this.spark = spark;
        this.tool = tool;
        conf("spark.ui.enabled", "false");
        conf("spark.driver.host", "127.0.0.1");
        conf("spark.driver.bindAddress", "127.0.0.1");
        environment.put("SPARK_HOME", spark.home().toString());
        environment.putAll(spark.shortPrograms());
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
        command.withBundle();
        command.conf("spark.sql.extensions", "io.sparkmlflow.MlflowSparkExtensions");
        command.conf("spark.sql.catalogImplementation", "in-memory");
        command.rest.addAll(List.of("-S", "-e", statements));
        return command;
    }

    /** Spark's server for clients of Hive, such as those of JDBC, with the functions that the extension adds. */
    static SparkCommand thriftServer(Distribution spark, int port) {
        SparkCommand command = new SparkCommand(spark, "spark-submit");
        command.withBundle();
        command.conf("spark.sql.extensions", "io.sparkmlflow.MlflowSparkExtensions");
        command.conf("spark.sql.catalogImplementation", "in-memory");
        command.rest.addAll(List.of(
                "--class",
                "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2",
                "spark-internal",
                "--hiveconf",
                "hive.server2.thrift.port=" + port,
                "--hiveconf",
                "hive.server2.thrift.bind.host=127.0.0.1"));
        return command;
    }

    /** Spends no time on what tiny data does not need: tables of tasks, generated code. */
    SparkCommand forTinyData() {
        conf("spark.sql.shuffle.partitions", "1");
        conf("spark.default.parallelism", "1");
        conf("spark.sql.codegen.wholeStage", "false");
        conf("spark.sql.codegen.factoryMode", "NO_CODEGEN");
        // Spark 4 computes with vector instructions, which 3.5 must be told to do: sums differ in their last bits
        // otherwise.
        jvmOptions.add("--add-modules=jdk.incubator.vector");
        return this;
    }

    /** Adds the shipped jar and its listener, with time enough to log everything however busy the machine is. */
    SparkCommand tracked() {
        return trackedBy(spark.bundle());
    }

    /** Does as {@link #tracked}, with another jar than the one for this Spark. */
    SparkCommand trackedBy(Path jar) {
        jars(jar);
        conf("spark.mlflow.flushTimeoutSeconds", "180");
        return conf("spark.extraListeners", "io.sparkmlflow.MlflowSparkListener");
    }

    /** Adds the shipped jar alone: nothing is tracked, but programs can call it. */
    SparkCommand withBundle() {
        return jars(spark.bundle());
    }

    /** Adds jars as a user does, with {@code --jars}. */
    SparkCommand jars(Path... others) {
        for (Path other : others) {
            jars.add(other.toString());
        }
        return this;
    }

    /**
     * Runs it on executors that are processes of their own.
     *
     * @param directory for what they write, which would be the distribution otherwise
     */
    SparkCommand onCluster(int executors, Path directory) {
        return onCluster(executors, 1, directory);
    }

    /** The same with executors that take several tasks at a time. */
    SparkCommand onCluster(int executors, int tasks, Path directory) {
        master = "local-cluster[" + executors + "," + tasks + ",1024]";
        environment(
                "SPARK_HOME", spark.linkedIn(directory.resolve("spark-home")).toString());
        return this;
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

    /** Lets no file grow beyond a size, as on a disk that is nearly full: writing fails where it ends. */
    SparkCommand withFilesUpTo(int kib) {
        maxFileKib = kib;
        return this;
    }

    /** Adds an option for the driver's JVM. */
    SparkCommand jvmOption(String option) {
        jvmOptions.add(option);
        return this;
    }

    /** Runs it in {@code directory}. */
    Outcome run(Path directory) {
        return Processes.run(command(), directory, environment, LIMIT);
    }

    /** Starts it in {@code directory}, where what it prints is kept as {@code output}; the caller ends it. */
    Process start(Path directory) {
        try {
            return Processes.builder(command(), directory, environment)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("output").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        if (maxFileKib > 0) {
            command.addAll(List.of("bash", "-c", "ulimit -f " + maxFileKib + " && exec \"$@\"", "limited"));
        }
        command.add(spark.home().resolve("bin").resolve(tool).toString());
        command.addAll(List.of("--master", master));
        if (!jars.isEmpty()) {
            command.addAll(List.of("--jars", String.join(",", jars)));
        }
        if (!withSparksLogging) {
            Path logging = Checkout.root().resolve("integration-tests/src/test/resources/log4j2-it.properties");
            jvmOptions.add("-Dlog4j2.configurationFile=" + logging.toUri());
        }
        if (!jvmOptions.isEmpty()) {
            command.addAll(List.of("--driver-java-options", String.join(" ", jvmOptions)));
        }
        if (master.startsWith("local-cluster")) {
            conf.merge("spark.executor.extraJavaOptions", Processes.SHORT_SPARK, (own, ours) -> own + " " + ours);
        }
        conf.forEach((key, value) -> command.addAll(List.of("--conf", key + "=" + value)));
        command.addAll(rest);
        return command;
    }
}
