package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole pipelines as functions of SQL give on every Spark what {@code transform} gives, bit for bit: those that were fitted
 * there, and those that the oldest Spark has fitted and saved.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ParityIT {
    private static final List<String> SOURCES = List.of("Parity.java", "ParityPipelines.java", "ParityRows.java");
    private static final String OF_ANOTHER = "of another Spark: ";

    private final Map<Distribution, Outcome> outcomes = new LinkedHashMap<>();

    static Stream<Distribution> all() {
        return Stream.concat(Stream.of(Distribution.oldest()), newer());
    }

    static Stream<Distribution> newer() {
        return Stream.of(Distribution.inVenv(), Distribution.newest());
    }

    @BeforeAll
    void fitAndScoreOnEverySpark() {
        Path oldest = score(Distribution.oldest());
        newer().forEach(spark -> score(spark, oldest));
    }

    /** Returns the folder with what was saved. */
    private Path score(Distribution spark, Object... others) {
        Path directory = Checkout.newWorkFolder("parity-" + spark.version());
        Path jar = Programs.jarWithBundle(spark, directory, SOURCES);
        List<Object> arguments = new ArrayList<>(List.of(directory));
        arguments.addAll(List.of(others));
        Outcome outcome = SparkCommand.submit(spark, "Parity", jar, arguments.toArray())
                .withBundle()
                .forTinyData()
                .conf("spark.sql.adaptive.enabled", "false")
                .conf("spark.sql.extensions", "io.sparkmlflow.MlflowSparkExtensions")
                .run(directory)
                .assertSucceeded();
        outcomes.put(spark, outcome);
        return directory;
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyPipelineIsAsAFunctionWhatItsTransformIs(Distribution spark) {
        assertThat(wrong(spark)).isEmpty();
        assertThat(outcomes.get(spark).stdoutLines()).contains("DOORS 60");
        assertThat(own(spark))
                .hasSizeGreaterThanOrEqualTo(30)
                .doesNotHaveDuplicates()
                .containsExactlyElementsOf(own(Distribution.oldest()));
    }

    /**
     * Three stages of Spark itself have changed: {@code OneVsRest} gives a row with NaN, for which no class wins, -1 and no longer
     * the first class; {@code VectorAssembler} takes the dense form for two values of five, and no longer the sparse one; and {@code
     * Binarizer} makes 0 of null and no longer null.
     */
    @ParameterizedTest
    @MethodSource("newer")
    void modelsOfTheOldestSparkAreWhatTheyWereThere(Distribution spark) {
        assertThat(results(spark).filter(name -> name.startsWith(OF_ANOTHER)))
                .containsExactlyElementsOf(own(Distribution.oldest()).stream()
                        .map(OF_ANOTHER::concat)
                        .toList());
        assertThat(outcomes.get(spark).stdoutLines().stream().filter(line -> line.startsWith("CHANGED ")))
                .containsExactly("CHANGED one versus rest", "CHANGED statement", "CHANGED chosen by a split");
    }

    private List<String> wrong(Distribution spark) {
        return outcomes.get(spark).stdoutLines().stream()
                .filter(line -> line.startsWith("WRONG "))
                .toList();
    }

    private List<String> own(Distribution spark) {
        return results(spark).filter(name -> !name.startsWith(OF_ANOTHER)).toList();
    }

    private Stream<String> results(Distribution spark) {
        return outcomes.get(spark).results().stream();
    }
}
