package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models as the real {@code mlflow.spark.save_model} wrote them give the predictions that were recorded with them. */
class GoldenModelsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path GOLDEN = Checkout.root().resolve("integration-tests/src/test/resources/golden-models");

    private static JsonNode scored;

    @BeforeAll
    static void scoreAll() throws IOException {
        Distribution spark = Distribution.inVenv();
        Path directory = Checkout.newWorkFolder("golden-models");
        Path jar = Programs.jarWithBundle(spark, directory, "ScoreGolden.java");
        List<Object> arguments = new ArrayList<>(List.of(directory.resolve("scored.json")));
        cases().map(GOLDEN::resolve).forEach(arguments::add);
        SparkCommand.submit(spark, "ScoreGolden", jar, arguments.toArray())
                .withBundle()
                .forTinyData()
                .run(directory)
                .assertSucceeded();
        scored = JSON.readTree(directory.resolve("scored.json").toFile());
    }

    static Stream<String> cases() {
        try (Stream<Path> folders = Files.list(GOLDEN)) {
            return folders.map(folder -> folder.getFileName().toString()).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void predictsAsItWasRecorded(String name) throws IOException {
        JsonNode expected =
                JSON.readTree(GOLDEN.resolve(name).resolve("expected.json").toFile());
        JsonNode rows = scored.get(name);
        assertThat(rows).hasSameSizeAs(expected.get("rows")).isNotEmpty();
        for (int i = 0; i < rows.size(); i++) {
            for (JsonNode column : expected.get("columns")) {
                String text = column.asText();
                assertSame(rows.get(i).get(text), expected.get("rows").get(i).get(text), "row " + i + ", " + text);
            }
            assertSame(
                    rows.get(i).get("prediction"),
                    expected.get("pyfunc_prediction").get(i),
                    "pyfunc, row " + i);
        }
    }

    /** Python and Java may write one number as 1.0 and 1; its bits are the same. */
    private static void assertSame(JsonNode actual, JsonNode expected, String where) {
        if (expected.isContainerNode()) {
            assertThat(actual).as(where).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertSame(actual.get(i), expected.get(i), where + "[" + i + "]");
            }
        } else if (expected.isNumber()) {
            assertThat(Double.doubleToLongBits(actual.asDouble()))
                    .as("%s: %s, expected %s", where, actual, expected)
                    .isEqualTo(Double.doubleToLongBits(expected.asDouble()));
        } else {
            assertThat(actual).as(where).isEqualTo(expected);
        }
    }
}
