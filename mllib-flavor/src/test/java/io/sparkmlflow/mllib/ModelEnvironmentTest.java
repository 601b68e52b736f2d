package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.model.ModelEnvironmentFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelEnvironmentTest {
    private static final String MLFLOW = "mlflow==" + ModelEnvironment.MLFLOW_VERSION;

    @TempDir
    Path directory;

    @Test
    void namesTheRunningSpark() {
        assertThat(requirements(ModelOptions.NONE)).containsExactly(MLFLOW, "pyspark==4.1.4");
    }

    @Test
    void leavesOutAVendorsSuffix() {
        assertThat(ModelEnvironment.of("3.5.2-amzn-1", ModelOptions.NONE).requirements())
                .containsExactly(MLFLOW, "pyspark==3.5.2");
    }

    @Test
    void addsExtraRequirementsToTheDefaultOnes() {
        assertThat(requirements(ModelOptions.builder()
                        .extraPipRequirements(List.of("numpy>=2"))
                        .build()))
                .containsExactly(MLFLOW, "pyspark==4.1.4", "numpy>=2");
    }

    @Test
    void takesGivenRequirementsForTheDefaultOnesButForMlflow() {
        assertThat(requirements(
                        ModelOptions.builder().pipRequirements(List.of("numpy")).build()))
                .containsExactly(MLFLOW, "numpy");
        assertThat(requirements(ModelOptions.builder()
                        .pipRequirements(List.of("mlflow[extras]>=3.1", "numpy"))
                        .build()))
                .containsExactly("mlflow[extras]>=3.1", "numpy");
    }

    @Test
    void copiesConstraints() throws IOException {
        Path constraints = Files.writeString(directory.resolve("own.txt"), "# pinned\nnumpy==2.1 # tested\n\n");

        ModelEnvironmentFiles files = ModelEnvironment.of(
                "4.1.4",
                ModelOptions.builder()
                        .pipRequirements(List.of("numpy", "-c " + constraints))
                        .build());

        assertThat(files.requirements()).containsExactly(MLFLOW, "numpy", "-c constraints.txt");
        assertThat(files.constraints()).containsExactly("numpy==2.1");
    }

    @Test
    void takesACondaEnvironment() {
        ModelEnvironmentFiles files = ModelEnvironment.of(
                "4.1.4",
                ModelOptions.builder()
                        .condaEnv(Map.of(
                                "name",
                                "own",
                                "channels",
                                List.of("defaults"),
                                "dependencies",
                                List.of("python=3.12.1", Map.of("pip", List.of("numpy")))))
                        .build());

        assertThat(files.requirements()).containsExactly(MLFLOW, "numpy");
        assertThat(files.conda().name()).isEqualTo("own");
        assertThat(files.conda().dependencies()).containsExactly("python=3.12.1", "pip");
        assertThat(files.python().python()).isEqualTo("3.12.1");
    }

    @Test
    void saysWhichCondaFileCannotBeRead() {
        ModelOptions options =
                ModelOptions.builder().condaEnv(Path.of("missing.yaml")).build();

        assertThatThrownBy(() -> ModelEnvironment.of("4.1.4", options))
                .hasMessageContaining("Cannot read the conda environment 'missing.yaml'");
    }

    @Test
    void leavesOutAVendorsFourthNumber() {
        assertThat(ModelEnvironment.of("3.3.2.3.3.7190.0-91", ModelOptions.NONE).requirements())
                .containsExactly(MLFLOW, "pyspark==3.3.2");
    }

    @Test
    void namesThePythonThatTheOptionsName() {
        ModelEnvironmentFiles files = ModelEnvironment.of(
                "4.1.4", ModelOptions.builder().pythonVersion("3.12.4").build());

        assertThat(files.python().python()).isEqualTo("3.12.4");
        assertThat(files.conda().dependencies()).contains("python=3.12.4");
    }

    @Test
    void followsFilesThatAFileRefersTo() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("in a folder"));
        Files.writeString(folder.resolve("base.txt"), "scipy\n--constraint=limits.txt\n");
        Files.writeString(folder.resolve("limits.txt"), "numpy<3\n");
        Path file = Files.writeString(
                directory.resolve("requirements.txt"),
                "# all of it\npandas>=2, \\\n  <3  # tested\n-r in a folder/base.txt\n\nnumpy\n");

        ModelEnvironmentFiles files =
                ModelEnvironment.of("4.1.4", ModelOptions.of(Map.of("pip_requirements", file.toString())));

        assertThat(files.requirements())
                .containsExactly(MLFLOW, "pandas>=2, <3", "scipy", "numpy", "-c constraints.txt");
        assertThat(files.constraints()).containsExactly("numpy<3");
    }

    @Test
    void refusesAFileThatRefersToItself() throws IOException {
        Path file = Files.writeString(directory.resolve("loop.txt"), "-r loop.txt\n");

        assertThatThrownBy(() -> ModelOptions.of(Map.of("pip_requirements", file.toString())))
                .hasMessageContaining("refers to itself");
    }

    @Test
    void copiesTheConstraintsOfACondaEnvironment() throws IOException {
        Path constraints = Files.writeString(directory.resolve("own.txt"), "numpy==2.1\n");

        ModelEnvironmentFiles files = ModelEnvironment.of(
                "4.1.4",
                ModelOptions.builder()
                        .condaEnv(Map.of("dependencies", List.of(Map.of("pip", List.of("numpy", "-c " + constraints)))))
                        .build());

        assertThat(files.requirements()).containsExactly(MLFLOW, "numpy", "-c constraints.txt");
        assertThat(files.conda().pipDependencies()).isEqualTo(files.requirements());
        assertThat(files.constraints()).containsExactly("numpy==2.1");
    }

    private static List<String> requirements(ModelOptions options) {
        return ModelEnvironment.of("4.1.4", options).requirements();
    }
}
