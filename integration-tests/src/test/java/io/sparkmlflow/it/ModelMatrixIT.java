package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Every estimator and transformer of MLlib crosses the border between the JVM and Python both ways, and Spark's versions
 * upwards: what was fitted and logged on one side is loaded and scored on the other, equal to the last bit.
 *
 * <p>The cases are data ({@code resources/matrix}) that both sides build their stages from. Seven processes do it all.
 */
class ModelMatrixIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path MATRIX = Checkout.root().resolve("integration-tests/src/test/resources/matrix");

    /** Classes of MLlib that only look public, because Scala's "private to a package" is public in byte code. */
    private static final Map<String, String> NO_CASES = Map.of(
            "org.apache.spark.ml.feature.ColumnPruner", "RFormula's own, which the case RFormula has in it",
            "org.apache.spark.ml.feature.VectorAttributeRewriter", "RFormula's own, which the case RFormula has in it",
            "org.apache.spark.ml.clustering.PowerIterationClusteringWrapper", "Spark Connect's; it predicts nothing",
            "org.apache.spark.ml.util.ConnectHelper", "Spark Connect's; it is never fitted or saved");

    private static Path directory;
    private static JsonNode fromJava;
    private static JsonNode fromPython;
    private static JsonNode fromOldSpark;
    private static JsonNode fromOldPython;
    private static JsonNode fromNewSpark;
    private static JsonNode byJava;
    private static JsonNode byNewSpark;

    @BeforeAll
    static void fitAndScoreEverywhere() {
        directory = Checkout.newWorkFolder("model-matrix");
        Distribution here = Distribution.inVenv();
        Distribution oldest = Distribution.oldest();
        Distribution newest = Distribution.newest();
        java(here, "log", "java.json");
        java(oldest, "log", "old-spark.json", "spot");
        java(newest, "log", "new-spark.json", "spot");
        python(
                Map.of(),
                MATRIX.resolve("cases.json"),
                "python.json",
                directory.resolve("java.json"),
                directory.resolve("old-spark.json"),
                directory.resolve("new-spark.json"));
        Map<String, String> old = new HashMap<>(oldest.shortPrograms());
        old.put("PYTHONPATH", oldest.home().getParent().toString());
        old.put("SPARK_HOME", oldest.home().toString());
        python(old, spotCases(), "old-python.json");
        java(here, "score", "by-java.json", "python.json", "old-spark.json", "old-python.json", "new-spark.json");
        java(newest, "score", "by-new-spark.json", "old-spark.json");
        fromJava = read("java.json");
        fromOldSpark = read("old-spark.json");
        fromPython = read("python.json");
        fromOldPython = read("old-python.json");
        fromNewSpark = read("new-spark.json");
        byJava = read("by-java.json");
        byNewSpark = read("by-new-spark.json");
    }

    @Test
    void pythonPredictsWithJavasModelsAsJavaDoes() {
        assertSame(fromPython.get("java.json"), fromJava.get("predictions"));
        assertThat(fromJava.get("predictions")).hasSize(cases().size());
    }

    @Test
    void javaPredictsWithPythonsModelsAsPythonDoes() {
        assertSame(byJava.get("python.json"), fromPython.get("predictions"));
        assertThat(fromPython.get("predictions")).hasSize(cases().size());
    }

    @Test
    void modelsOfAnOlderSparkPredictTheSameOnNewerOnes() {
        JsonNode expected = fromOldSpark.get("predictions");
        assertThat(expected).hasSizeGreaterThan(8);
        assertSame(byJava.get("old-spark.json"), expected);
        assertSame(byNewSpark.get("old-spark.json"), expected);
        assertSame(fromPython.get("old-spark.json"), expected);
    }

    @Test
    void modelsThatPythonLoggedOnAnOlderSparkPredictTheSameInJava() {
        JsonNode expected = fromOldPython.get("predictions");
        assertThat(expected).hasSameSizeAs(fromOldSpark.get("predictions"));
        assertSame(byJava.get("old-python.json"), expected);
    }

    /** Spark promises nothing here: what an older one reads predicts the same, and the rest is refused with its reason. */
    @Test
    void modelsOfANewerSparkPredictTheSameOnAnOlderOneOrAreRefused() {
        ObjectNode expected = fromNewSpark.get("predictions").deepCopy();
        Map<String, String> newParams =
                Map.of("RandomForestClassifier", "pruneTree", "KMeans", "intermediateStorageLevel");
        newParams.forEach((name, param) -> {
            String reason = "NoSuchElementException: Param " + param + " does not exist.";
            assertThat(fromPython.at("/new-spark.json/" + name).asText()).contains(reason);
            assertThat(byJava.at("/new-spark.json/" + name).asText())
                    .startsWith("The model ")
                    .endsWith(" was saved by Spark " + Distribution.newest().version() + ", and this is Spark "
                            + Distribution.inVenv().version() + ", which cannot read it (" + reason
                            + "): load it with Spark 4.3 or later, or save it with Spark 4.1");
        });
        for (JsonNode seen : List.of(fromPython.get("new-spark.json"), byJava.get("new-spark.json"))) {
            ObjectNode read = seen.deepCopy();
            assertSame(read.remove(newParams.keySet()), expected.remove(newParams.keySet()));
            assertThat(read).hasSizeGreaterThan(7);
        }
    }

    @Test
    void noClassOfMllibIsForgotten() {
        Set<String> expected = MllibClasses.stages(Distribution.inVenv());
        expected.removeAll(NO_CASES.keySet());
        assertThat(expected).hasSizeGreaterThan(100);
        Set<String> seen = new TreeSet<>();
        fromJava.get("classes").forEach(name -> seen.add(name.asText()));

        assertThat(seen).containsAll(expected);
    }

    /** Lets Python score what others logged, and log the cases itself. */
    private static void python(Map<String, String> variables, Path cases, String out, Object... logged) {
        List<Object> arguments = new ArrayList<>(List.of(
                PythonMlflow.defaultStore(directory), cases, MATRIX.resolve("data.json"), directory.resolve(out)));
        arguments.addAll(List.of(logged));
        PythonMlflow.outcome(directory, variables, "model_matrix.py", arguments.toArray());
    }

    private static Path spotCases() {
        try {
            ObjectNode spots =
                    (ObjectNode) JSON.readTree(MATRIX.resolve("cases.json").toFile());
            spots.putArray("cases")
                    .addAll(cases().valueStream()
                            .filter(one -> one.path("spot").asBoolean())
                            .toList());
            Path file = directory.resolve("spot-cases.json");
            JSON.writeValue(file.toFile(), spots);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void java(Distribution spark, String what, String out, String... more) {
        Path folder = directory.resolve("program-" + spark.version());
        Path jar = folder.resolve("program.jar");
        if (!jar.toFile().exists()) {
            folder.toFile().mkdirs();
            Programs.jarWithBundle(spark, folder, "ModelMatrix.java");
        }
        List<Object> arguments = new ArrayList<>(
                List.of(what, MATRIX.resolve("cases.json"), MATRIX.resolve("data.json"), directory.resolve(out)));
        arguments.addAll(List.of(more));
        Outcome outcome = SparkCommand.submit(spark, "ModelMatrix", jar, arguments.toArray())
                .withBundle()
                .forTinyData()
                .run(directory)
                .assertSucceeded();
        String newer = "was saved by Spark " + Distribution.newest().version() + ", and this is Spark";
        assertThat(outcome.ourWarnings()).allMatch(warning -> warning.contains(newer), newer);
    }

    private static void assertSame(JsonNode actual, JsonNode expected) {
        Map<String, String> different = new TreeMap<>();
        expected.fieldNames().forEachRemaining(name -> {
            JsonNode ours = actual.path(name);
            if (!ours.equals(expected.get(name))) {
                different.put(name, difference(ours, expected.get(name)));
            }
        });
        assertThat(different).isEmpty();
        assertThat(actual).hasSameSizeAs(expected);
    }

    private static String difference(JsonNode actual, JsonNode expected) {
        for (int i = 0; i < expected.size(); i++) {
            if (!expected.get(i).equals(actual.path(i))) {
                return "row " + i + ": expected " + expected.get(i) + " but was " + actual.path(i);
            }
        }
        return "expected " + expected.size() + " rows but were " + actual.size();
    }

    private static JsonNode cases() {
        try {
            return JSON.readTree(MATRIX.resolve("cases.json").toFile()).get("cases");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode read(String file) {
        try {
            return JSON.readTree(directory.resolve(file).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
