package io.sparkmlflow.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The example program, trained once on each Spark with the listener and nothing else set: the store is the file that
 * Python's MLflow uses by default.
 *
 * @param directory the program's working directory
 * @param outcome what the program printed
 * @param tracked what the real MLflow then found in the store
 */
record Training(Distribution spark, Path directory, Outcome outcome, Tracked tracked) {
    static final String MODEL = "breast-cancer";

    private static final Map<Distribution, Training> DONE = new ConcurrentHashMap<>();

    /** Trains, or returns what was trained on this Spark before: tests only read from it. */
    static Training on(Distribution spark) {
        return DONE.computeIfAbsent(spark, Training::train);
    }

    private static Training train(Distribution spark) {
        // Another JVM may train too, while tests of this one read.
        Path directory = Checkout.newWorkFolder("training-" + spark.version() + "-" + Checkout.property("it.fork"));
        Outcome outcome = command(spark, directory)
                .tracked()
                .conf("spark.mlflow.autolog.registeredModelName", MODEL)
                .run(directory)
                .assertSucceeded();
        String store = PythonMlflow.defaultStore(directory);
        runExample(spark, directory, "SetAlias.java", store, MODEL, "champion").assertSucceeded();
        return new Training(spark, directory, outcome, PythonMlflow.describe(directory, store));
    }

    /** Returns the program's spark-submit, still without the listener. */
    static SparkCommand command(Distribution spark, Path directory) {
        Path jar = Programs.jar(spark, directory, Checkout.example("TrainBreastCancer.java"));
        return SparkCommand.submit(spark, "TrainBreastCancer", jar, Checkout.trainingTable(), Checkout.heldOutTable());
    }

    String store() {
        return PythonMlflow.defaultStore(directory);
    }

    /** Prints the store with the example that does so. */
    Outcome show() {
        return runExample(spark, directory, "ShowTracked.java", store());
    }

    /** Runs a single-file program of {@code examples} on the shipped jar and Spark's own jars. */
    private static Outcome runExample(Distribution spark, Path directory, String source, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Programs.tool("java"),
                "-cp",
                spark.bundle() + ":" + spark.jars(),
                Checkout.example(source).toString()));
        command.addAll(List.of(arguments));
        return Processes.run(command, directory, Map.of(), Duration.ofMinutes(2));
    }
}
