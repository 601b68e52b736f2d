package io.sparkmlflow.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is active in a driver while it works: nothing, our listener, or a peer's, each turned on as its documentation says.
 *
 * @param sparkHome a whole distribution
 * @param jars what is added with {@code --jars}
 * @param baseline the arm without a listener on the same Spark; {@code null} for such an arm itself
 */
record Arm(String name, Path sparkHome, List<Path> jars, Map<String, String> conf, Arm baseline) {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    static Arm none() {
        return new Arm("no listener", sparkInVenv(), List.of(), Map.of(), null);
    }

    /** The same once more. */
    Arm again() {
        return new Arm(name + ", again", sparkHome, jars, conf, this);
    }

    /** Our bundle, tracking to a URI. */
    Arm ours(String name, String trackingUri, Map<String, String> more) {
        Map<String, String> conf = new LinkedHashMap<>();
        conf.put("spark.extraListeners", "io.sparkmlflow.MlflowSparkListener");
        conf.put("spark.mlflow.trackingUri", trackingUri);
        conf.putAll(more);
        return with(
                name, only(ROOT.resolve("spark-bundle/target/spark-4.1_2.13"), "spark-mlflow-spark_2.13-*.jar"), conf);
    }

    /** OpenLineage; {@code transport} without its prefix, as in {@code type} and {@code url}. */
    Arm openLineage(String name, Map<String, String> transport) {
        Map<String, String> conf = new LinkedHashMap<>();
        conf.put("spark.extraListeners", "io.openlineage.spark.agent.OpenLineageSparkListener");
        transport.forEach((key, value) -> conf.put("spark.openlineage.transport." + key, value));
        return with(name, only(peers(), "openlineage-spark_2.13-*.jar"), conf);
    }

    /**
     * sparkMeasure's recorder of stages, which is the lighter one. For Scala 2.13 it could not be had from Maven Central, so it
     * runs on Spark 3.5 with Scala 2.12, and so does what it is compared with.
     */
    static Arm sparkMeasure(Path folder) {
        Arm none = new Arm(
                "no listener, Spark 3.5",
                only(ROOT.resolve("build/spark"), "3.5.*").resolve("pyspark"),
                List.of(),
                Map.of(),
                null);
        return none.with(
                "sparkMeasure, Spark 3.5",
                only(peers(), "spark-measure_2.12-*.jar"),
                Map.of(
                        "spark.extraListeners",
                        "ch.cern.sparkmeasure.FlightRecorderStageMetrics",
                        "spark.sparkmeasure.outputFilename",
                        folder.resolve("stages.serialized").toString()));
    }

    private Arm with(String otherName, Path jar, Map<String, String> otherConf) {
        return new Arm(otherName, sparkHome, List.of(jar), otherConf, this);
    }

    private static Path peers() {
        return ROOT.resolve("benchmarks/target/spark-4.1_2.13/peers");
    }

    private static Path sparkInVenv() {
        return only(ROOT.resolve("build/venv/lib"), "python3*").resolve("site-packages/pyspark");
    }

    static Path only(Path folder, String pattern) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> folder.getFileSystem()
                            .getPathMatcher("glob:" + pattern)
                            .matches(file.getFileName()))
                    .filter(file -> !file.toString().endsWith("-sources.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("There is no " + pattern + " in " + folder));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
