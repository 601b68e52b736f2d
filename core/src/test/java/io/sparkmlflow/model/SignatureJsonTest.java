package io.sparkmlflow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class SignatureJsonTest {
    /**
     * What Python refuses and we read, for a reason.
     *
     * <p>No columns are what old versions wrote for "unknown".
     */
    private static final Set<String> TAKEN_HERE_ONLY = Set.of("[]");

    /** Python reads a missing {@code required} of these types as null, "unknown"; by the format's rule it is true. */
    private static final String PYTHONS_NULL = "\"required\": null";

    @TestFactory
    Stream<DynamicTest> takesAndRefusesWhatPythonDoes() throws IOException {
        return StreamSupport.stream(GoldenFiles.json("signatures.json").spliterator(), false)
                .map(entry -> DynamicTest.dynamicTest(
                        entry.path("kind").asText() + " " + entry.path("json").asText(), () -> readsLikePython(entry)));
    }

    private static void readsLikePython(JsonNode entry) {
        String json = entry.path("json").asText();
        boolean columns = entry.path("kind").asText().equals("columns");
        if (entry.has("written")) {
            assertThat(readAndWritten(json, columns))
                    .isEqualTo(entry.path("written").asText().replace(PYTHONS_NULL, "\"required\": true"));
        } else if (!TAKEN_HERE_ONLY.contains(json)) {
            assertThatThrownBy(() -> readAndWritten(json, columns))
                    .as("Python: %s", entry.path("refused").asText())
                    .isInstanceOfSatisfying(MlflowException.class, e -> assertThat(e.errorCode())
                            .isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE));
        }
    }

    private static String readAndWritten(String json, boolean columns) {
        if (columns) {
            ModelSignature signature = new ModelSignature(SignatureJson.columnsFromJson(json), List.of(), List.of());
            return SignatureJson.columnsToJson(signature.inputs());
        }
        ModelSignature signature = new ModelSignature(List.of(), List.of(), SignatureJson.paramsFromJson(json));
        return SignatureJson.paramsToJson(signature.params());
    }

    @Test
    void namesTheUnknownTypeOfAColumn() {
        assertThatThrownBy(() -> SignatureJson.columnsFromJson("[{\"type\": \"complex\", \"name\": \"x\"}]"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("Unknown column type 'complex'")
                .hasMessageContaining("expected one of boolean, integer,");
    }

    @Test
    void namesTheUnknownKeyOfAScalarColumn() {
        assertThatThrownBy(
                        () -> SignatureJson.columnsFromJson("[{\"type\": \"long\", \"name\": \"x\", \"unit\": \"m\"}]"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("has the keys type, name and required, not 'unit'");
    }

    @Test
    void boundsTheDepthOfAType() {
        String deep = "{\"type\": \"array\", \"items\": ".repeat(100) + "{\"type\": \"long\"}" + "}".repeat(100);
        assertThatThrownBy(() -> SignatureJson.columnsFromJson("[" + deep + "]"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("deeper than 64 levels");
    }

    @Test
    void refusesADefaultOfAnotherTypeBeforeItIsWritten() {
        ParamSpec param = new ParamSpec("temp", ScalarType.DOUBLE, "\"warm\"", false);
        assertThatThrownBy(() -> SignatureJson.paramsToJson(List.of(param)))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("the default \"warm\" is not of the type double");
    }

    @Test
    void sortsThePropertiesOfAnObjectLikePython() {
        ColumnType object = new ColumnType.ObjectType(Map.of(
                "b", new ColumnType.Property(ScalarType.LONG, true),
                "a", new ColumnType.Property(ScalarType.STRING, false)));
        assertThat(SignatureJson.columnsToJson(List.of(new ColumnSpec("o", object, true))))
                .isEqualTo(
                        "[{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"string\", \"required\": false},"
                                + " \"b\": {\"type\": \"long\", \"required\": true}}, \"name\": \"o\", \"required\": true}]");
    }

    @Test
    void writesADatasetsSchema() {
        assertThat(SignatureJson.datasetSchema(List.of(
                        new ColumnSpec("é", new ColumnType.ArrayType(ScalarType.STRING), false),
                        new ColumnSpec("x", ScalarType.DOUBLE, true))))
                .isEqualTo("{\"mlflow_colspec\": [{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"name\":"
                        + " \"\\u00e9\", \"required\": false}, {\"type\": \"double\", \"name\": \"x\","
                        + " \"required\": true}]}");
    }
}
