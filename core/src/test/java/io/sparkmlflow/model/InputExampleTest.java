package io.sparkmlflow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class InputExampleTest {
    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> readsAndWritesTheFilesThatPythonWrites() throws IOException {
        return StreamSupport.stream(GoldenFiles.json("examples.json").spliterator(), false)
                .map(recorded -> DynamicTest.dynamicTest(
                        recorded.path("name").asText(),
                        () -> writesTheSame(
                                recorded,
                                Files.createDirectory(
                                        folder.resolve(recorded.path("name").asText())))));
    }

    private static void writesTheSame(JsonNode recorded, Path folder) throws IOException {
        Map<?, ?> info = (Map<?, ?>) PythonJson.read(recorded.path("info").toString(), "info");
        Files.writeString(
                folder.resolve(InputExample.FILE_NAME), recorded.path("input").asText());
        InputExample example = InputExample.find(folder, new MlModel().set(InputExample.INFO, info))
                .orElseThrow();

        MlModel model = new MlModel();
        example.write(folder, model);

        assertThat(folder.resolve(InputExample.FILE_NAME))
                .hasContent(recorded.path("input").asText());
        assertThat(folder.resolve(InputExample.SERVING_FILE_NAME))
                .hasContent(recorded.path("serving").asText());
        assertThat(model.mapping(InputExample.INFO)).isEqualTo(info);
        // NaN equals itself only as the same text
        assertThat(InputExample.find(folder, model).orElseThrow().toJson()).isEqualTo(example.toJson());
    }

    @Test
    void isWhatPythonWritesForAFrame() throws IOException {
        InputExample example = InputExample.ofRows(
                List.of("sepal_length", "sepal_width", "petal_length", "petal_width"),
                List.of(List.of(5.1, 3.5, 1.4, 0.2), List.of(4.9, 3.0, 1.4, 0.2), List.of(4.7, 3.2, 1.3, 0.2)));

        assertThat(example.toJson()).isEqualTo(GoldenFiles.text("kmeans_sig_example/input_example.json"));
        assertThat(example.toServingJson())
                .isEqualTo(GoldenFiles.text("kmeans_sig_example/serving_input_example.json"));
    }

    @Test
    void writesNullsAndPackedArraysOfAFrameWithoutNames() {
        InputExample example = InputExample.ofRows(null, List.of(Arrays.asList(1, null, new double[] {0.5, 1e20})));

        assertThat(example.toJson()).isEqualTo("{\"data\": [[1, null, [0.5, 1e+20]]]}");
    }

    @Test
    void keepsUnknownKeysOfTheExamplesDescription() throws IOException {
        MlModel model = new MlModel().set(InputExample.INFO, Map.of("future", 1, "params", "true"));

        InputExample.ofRows(List.of("x"), List.of(List.of(1))).write(folder, model);

        assertThat(model.mapping(InputExample.INFO)).containsEntry("future", 1).doesNotContainKey("params");
    }

    @Test
    void refusesARowOfAnotherLength() {
        assertThatThrownBy(() -> InputExample.ofRows(List.of("x", "y"), List.of(List.of(1))))
                .isInstanceOf(MlflowException.class)
                .hasMessage("A row of the example has 1 values for the 2 columns [x, y]");
    }

    @Test
    void readsNoFileOutsideTheModelsFolder() {
        refused(Map.of("type", "json_object", "artifact_path", "../secret.json"), "not in the model's folder");
        refused(Map.of("type", "json_object", "artifact_path", "\0"), "not in the model's folder");
        refused(Map.of("type", "pickle"), "Unknown type 'pickle'");
    }

    @Test
    void namesTheFileThatIsMissingOrMalformed() throws IOException {
        MlModel model = new MlModel().set(InputExample.INFO, Map.of("type", "dataframe", "params", "true"));
        assertThatThrownBy(() -> InputExample.find(folder, model))
                .isInstanceOfSatisfying(MlflowException.class, e -> assertThat(e.errorCode())
                        .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST))
                .hasMessageContaining("input_example.json");
        Files.writeString(folder.resolve(InputExample.FILE_NAME), "{\"data\": []}");
        assertThatThrownBy(() -> InputExample.find(folder, model))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("must have the keys 'inputs' and 'params'");
    }

    @Test
    void refusesASparseMatrixWhosePartsDoNotFit() {
        Map<String, Object> matrix =
                Map.of("data", List.of(1.5), "indices", List.of(7), "indptr", List.of(0, 1), "shape", List.of(1, 2));
        InputExample example = new InputExample(InputExample.Type.SPARSE_MATRIX_CSR, matrix, Map.of());
        assertThatThrownBy(example::toServingJson)
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("has the index 7 outside its shape");
    }

    private void refused(Map<String, Object> info, String reason) {
        MlModel model = new MlModel().set(InputExample.INFO, info);
        assertThatThrownBy(() -> InputExample.find(folder, model))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining(reason);
    }
}
