package io.sparkmlflow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class ModelEnvironmentFilesTest {
    static final List<String> MODELS = GoldenFiles.MODELS;

    @TempDir
    Path folder;

    @ParameterizedTest
    @FieldSource("MODELS")
    void writesTheFilesThatPythonWrites(String model) throws IOException {
        ModelEnvironmentFiles.read(GoldenFiles.path(model)).write(folder);

        List<String> names = List.of("conda.yaml", "python_env.yaml", "requirements.txt", "constraints.txt");
        for (String name : names) {
            Path expected = GoldenFiles.path(model).resolve(name);
            assertThat(Files.exists(folder.resolve(name))).as(name).isEqualTo(Files.exists(expected));
            if (Files.exists(expected)) {
                assertThat(Files.readString(folder.resolve(name))).isEqualTo(Files.readString(expected));
            }
        }
    }

    @Test
    void describesAnEnvironmentAsPythonDoes() throws IOException {
        ModelEnvironmentFiles files =
                ModelEnvironmentFiles.of("3.17.2", "3.11.7", List.of("pyspark==4.1.4"), List.of("numpy<3"));

        files.write(folder);

        assertThat(ModelEnvironmentFiles.read(folder)).isEqualTo(files);
        assertThat(files.mlflowVersion()).contains("3.17.2");
        assertThat(folder.resolve("requirements.txt")).hasContent("mlflow==3.17.2\npyspark==4.1.4\n-c constraints.txt");
        assertThat(folder.resolve("constraints.txt")).hasContent("numpy<3");
        // Python would name the version of its own pip, which a JVM has none of
        assertThat(Files.readString(folder.resolve("conda.yaml")))
                .isEqualTo(GoldenFiles.text("everything/conda.yaml").replaceAll("pip<=.*", "pip"));
        assertThat(Files.readString(folder.resolve("python_env.yaml")))
                .isEqualTo(GoldenFiles.text("everything/python_env.yaml").replaceAll("(pip|setuptools)==.*", "$1"));
    }

    @Test
    void readsAModelWithoutSuchFiles() {
        assertThat(ModelEnvironmentFiles.read(folder))
                .isEqualTo(new ModelEnvironmentFiles(null, null, List.of(), List.of()));
    }

    @Test
    void keepsWhatItDoesNotKnow() throws IOException {
        Files.writeString(
                folder.resolve("conda.yaml"), "dependencies:\n- numpy\nprefix: /opt\nvariables: {A: 1, b: [x]}\n");
        Files.writeString(folder.resolve("python_env.yaml"), "python: 3.11\nfuture: {a: 1}\n");

        ModelEnvironmentFiles files = ModelEnvironmentFiles.read(folder);
        files.write(folder);

        assertThat(ModelEnvironmentFiles.read(folder)).isEqualTo(files);
        assertThat(files.conda().otherKeys())
                .isEqualTo(Map.of("prefix", "/opt", "variables", Map.of("A", 1, "b", List.of("x"))));
        assertThat(files.conda().name()).isNull();
        assertThat(files.python().python()).isEqualTo("3.11");
        assertThat(files.python().otherKeys()).isEqualTo(Map.of("future", Map.of("a", 1)));
    }

    @Test
    void namesTheKeyThatIsMalformed() {
        assertThatThrownBy(() -> CondaEnvironment.parse("dependencies: numpy"))
                .isInstanceOf(MlflowException.class)
                .hasMessage("The key 'dependencies' in conda.yaml must be a list, but is: numpy");
        assertThatThrownBy(() -> CondaEnvironment.parse("dependencies: [{npm: [x]}]"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("'pip': {npm=[x]}");
        assertThatThrownBy(() -> PythonEnvironment.parse("python: [3]"))
                .isInstanceOf(MlflowException.class)
                .hasMessage("The key 'python' in python_env.yaml must be text, but is: [3]");
    }

    @Test
    void refusesARequirementOfTwoLines() {
        assertThatThrownBy(() -> ModelEnvironmentFiles.of("3.17.2", "3.11.7", List.of("a\nb")))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("has a line break in it");
    }

    @Test
    void namesTheVersionThatAFolderWasDownloadedAs() throws IOException {
        RegisteredModelMeta meta =
                RegisteredModelMeta.find(GoldenFiles.path("everything")).orElseThrow();

        assertThat(meta).isEqualTo(new RegisteredModelMeta("prix d'été: 1", 12));
        meta.write(folder);
        assertThat(Files.readString(folder.resolve(RegisteredModelMeta.FILE_NAME)))
                .isEqualTo(GoldenFiles.text("everything/registered_model_meta"));
        assertThat(RegisteredModelMeta.parse("model_name: a\nmodel_version: 3\nfuture: 1\n")
                        .toYaml())
                .isEqualTo("future: 1\nmodel_name: a\nmodel_version: '3'\n");
        assertThatThrownBy(() -> RegisteredModelMeta.parse("model_name: a"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("must have the keys model_name and model_version");
    }
}
