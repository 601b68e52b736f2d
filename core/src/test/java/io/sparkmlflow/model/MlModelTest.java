package io.sparkmlflow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

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

    @ParameterizedTest
    @FieldSource("io.sparkmlflow.model.GoldenFiles#MODELS")
    void writesTheTextThatPythonWrote(String name) throws IOException {
        MlModel model = MlModel.read(GoldenFiles.path(name));
        String text = GoldenFiles.text(name + "/MLmodel");

        assertThat(model.toYaml()).isEqualTo(text);
        model.setSignature(model.signature().orElseThrow());
        InputExample.find(GoldenFiles.path(name), model)
                .ifPresent(example ->
                        assertThatCode(() -> example.write(folder, model)).doesNotThrowAnyException());
        assertThat(model.toYaml()).isEqualTo(text);
    }

    @Test
    void writesTheTextOfEveryGoldenModel() throws IOException {
        Map<String, String> models = GoldenFiles.allModels();
        assertThat(models).hasSizeGreaterThan(GoldenFiles.MODELS.size());
        models.forEach((name, text) -> {
            MlModel model = MlModel.parse(text);
            model.signature().ifPresent(model::setSignature);
            assertThat(model.toYaml()).as(name).isEqualTo(text);
        });
    }

    @Test
    void readsAnIdOfDigitsAndOneEAsText() {
        MlModel model = MlModel.parse("run_id: 00112233445566778899e00112233445\nmodel_uuid: 12345678e12\n");

        assertThat(model.text("run_id")).contains("00112233445566778899e00112233445");
        assertThat(model.text("model_uuid")).contains("12345678e12");
    }

    @Test
    void saysWhatIsWrongWithTheSignature() {
        assertThatThrownBy(() -> MlModel.parse("signature: {inputs: [1]}").signature())
                .isInstanceOf(MlflowException.class)
                .hasMessage("The part 'inputs' of the MLmodel file's signature must be JSON in quotes, but is: [1]");
        assertThatThrownBy(() -> MlModel.parse("signature: 3").signature())
                .isInstanceOf(MlflowException.class)
                .hasMessage("The key 'signature' of the MLmodel file must be a mapping, but is: 3");
        assertThat(MlModel.parse("signature: null").signature()).isEmpty();
        assertThat(MlModel.parse("signature: {inputs: null, outputs: ''}").signature())
                .contains(new ModelSignature(List.of(), List.of(), List.of()));
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
        assertThatThrownBy(() -> MlModel.parse("flavors: 3").flavorNames()).isInstanceOf(MlflowException.class);
        assertThatThrownBy(() -> MlModel.parse("flavors: {spark: 3}").flavor("spark"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("flavor 'spark'");
    }
}
