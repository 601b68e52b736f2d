package io.sparkmlflow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

class MlModelTest {
    private static final String WRITTEN_BY_PYTHON = """
            flavors:
              python_function:
                data: sparkml
                loader_module: mlflow.spark
              spark:
                code: null
                model_data: sparkml
                pyspark_version: 4.1.4
            future_key: {a: [1, 2]}
            mlflow_version: 3.17.2
            signature:
              inputs: '[{"type": "double", "name": "x", "required": true}, {"type": "sparkml_vector",
                "name": "v", "required": false}]'
              outputs: '[{"type": "double", "required": true}]'
              params: '[{"name": "temp", "default": 0.5, "shape": null, "type": "double"}]'
            """;

    @TempDir
    Path folder;

    @Test
    void readsFlavorsAndSignature() {
        MlModel model = MlModel.parse(WRITTEN_BY_PYTHON);

        assertThat(model.flavorNames()).containsExactly("python_function", "spark");
        assertThat(model.flavor("spark").orElseThrow()).containsEntry("model_data", "sparkml");
        assertThat(model.flavor("sklearn")).isEmpty();
        ModelSignature signature = model.signature().orElseThrow();
        assertThat(signature.inputs())
                .containsExactly(
                        new ColumnSpec("x", ScalarType.DOUBLE, true),
                        new ColumnSpec("v", new ColumnType.VectorType(), false));
        assertThat(signature.outputs()).containsExactly(new ColumnSpec(null, ScalarType.DOUBLE, true));
        assertThat(signature.params()).containsExactly(new ParamSpec("temp", ScalarType.DOUBLE, "0.5", false));
    }

    @Test
    void keepsUnknownKeysWhenWrittenBack() throws IOException {
        MlModel model = MlModel.parse(WRITTEN_BY_PYTHON).set("run_id", "abc");

        model.write(folder);

        MlModel again = MlModel.read(folder);
        assertThat(again.toMap()).containsEntry("future_key", Map.of("a", List.of(1, 2)));
        assertThat(again.text("run_id")).contains("abc");
        assertThat(again.signature()).isEqualTo(model.signature());
    }

    @Test
    void roundTripsTheModelsThatPythonWrote() throws IOException {
        Path golden = Path.of("../../shared/golden/models");
        assumeTrue(Files.isDirectory(golden), "the reference models lie beside the checkout");
        try (Stream<Path> files = Files.walk(golden)) {
            List<Path> models =
                    files.filter(file -> file.endsWith(MlModel.FILE_NAME)).toList();
            assertThat(models).isNotEmpty();
            for (Path file : models) {
                String text = Files.readString(file);
                MlModel model = MlModel.parse(text);
                model.signature().ifPresent(model::setSignature);
                assertThat((Object) new Yaml().load(model.toYaml()))
                        .as(file.toString())
                        .isEqualTo(new Yaml().load(text));
            }
        }
    }

    @Test
    void namesTheFolderThatHasNoModel() {
        assertThatThrownBy(() -> MlModel.read(folder))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("not the folder of an MLflow model");
    }

    @Test
    void refusesWhatIsNoMapping() {
        assertThatThrownBy(() -> MlModel.parse("[1, 2]")).isInstanceOf(MlflowException.class);
        assertThatThrownBy(() -> MlModel.parse("a: [")).isInstanceOf(MlflowException.class);
        assertThatThrownBy(() -> MlModel.parse("a: !!java.net.URL [x]")).isInstanceOf(MlflowException.class);
    }

    @Test
    void namesTheUnknownTypeOfAColumn() {
        assertThatThrownBy(() -> SignatureJson.columnsFromJson("[{\"type\": \"complex\", \"name\": \"x\"}]"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("'complex'");
    }

    @Test
    void writesJsonLikePython() {
        assertThat(SignatureJson.columnsToJson(List.of(
                        new ColumnSpec("a", new ColumnType.ArrayType(ScalarType.STRING), false),
                        new ColumnSpec("x", ScalarType.DOUBLE, true))))
                .isEqualTo(
                        "[{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"name\": \"a\", \"required\": false},"
                                + " {\"type\": \"double\", \"name\": \"x\", \"required\": true}]");
    }
}
