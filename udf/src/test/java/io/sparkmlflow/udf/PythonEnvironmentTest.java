package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a model wants of Python, and what there is. */
class PythonEnvironmentTest {
    private static final PythonInterpreter PYTHON = new PythonInterpreter(
            "python3",
            "3.11.7",
            Map.of("mlflow", "3.1.0", "scikit-learn", "1.5.0", "torch", "2.4.0+cpu", "numpy", "2.1.3"));

    @TempDir
    private Path folder;

    @Test
    void whatDiffersIsNamed() throws IOException {
        Files.write(
                folder.resolve("requirements.txt"),
                List.of(
                        "# by hand",
                        "mlflow==3.1.0",
                        "scikit_learn[alldeps]==1.4.2",
                        "torch==2.4.0",
                        "numpy==2.1.*",
                        "pandas<4,>=2",
                        "xgboost==2.0.0 ; python_version > \"3\"",
                        "--extra-index-url https://example.org"));

        assertThat(ModelRequirements.mismatches(folder, madeWith("3.10.4"), PYTHON))
                .containsExactly(
                        "Python 3.10.4 (is 3.11.7)",
                        "scikit_learn 1.4.2 (has 1.5.0)",
                        "pandas (is missing)",
                        "xgboost 2.0.0 (is missing)");
    }

    @Test
    void aModelThatSaysNothingWantsNothing() {
        assertThat(ModelRequirements.mismatches(folder, new MlModel(), PYTHON)).isEmpty();
        assertThat(ModelRequirements.mismatches(folder, madeWith("3.11.2"), PYTHON))
                .isEmpty();
    }

    @Test
    void aPythonThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> PythonInterpreter.of(folder.resolve("python").toString()))
                .isInstanceOf(ModelExpressionException.class)
                .hasMessageStartingWith("it is run by Python, but the Python of Spark's workers, "
                        + folder.resolve("python") + ", can't be run on the driver (")
                .hasMessageEndingWith("name the one that has MLflow in spark.pyspark.python");
    }

    @Test
    void whatPipReadsGoesAlong() throws IOException {
        Files.createDirectories(folder.resolve("wheels"));
        Files.writeString(folder.resolve("wheels/own-1.0-py3-none-any.whl"), "a wheel");
        Files.writeString(folder.resolve("constraints.txt"), "pandas<3");
        Files.writeString(folder.resolve("model.pkl"), "the model");
        PythonEnvironment without = environment("mlflow==3.1.0");
        PythonEnvironment with = environment(
                "mlflow==3.1.0", "-c constraints.txt", "-r ../other.txt", "wheels/own-1.0-py3-none-any.whl");

        assertThat(without.files()).containsOnlyKeys("requirements.txt");
        assertThat(with.files())
                .containsOnlyKeys("requirements.txt", "constraints.txt", "wheels/own-1.0-py3-none-any.whl");
        assertThat(with.key("3.11.7")).matches("[0-9a-f]{32}").isNotEqualTo(without.key("3.11.7"));
        assertThat(without.key("3.11.7"))
                .isEqualTo(environment("mlflow==3.1.0").key("3.11.7"))
                .isNotEqualTo(without.key("3.11.8"));
    }

    @Test
    void aNodeWithoutTheRightPythonSaysSo() throws IOException {
        PythonEnvironment wanted = environment("mlflow==3.1.0");

        assertThatThrownBy(() -> VirtualEnvironments.python(wanted))
                .isInstanceOf(ModelExpressionException.class)
                .hasMessage(
                        "The model models:/m/1 can't get its Python environment on this node: it wants Python 2.0, but "
                                + folder.resolve("python")
                                + " is not there and python2.0 is not there; install it, or let it run in"
                                + " the workers' own Python with spark.mlflow.functions.envManager=local");
        assertThat(folder.resolve("environments")).doesNotExist();
    }

    @Test
    void aModelThatDoesNotSayWhatItWantsHasNoEnvironment() {
        assertThatThrownBy(() -> PythonEnvironment.of("m", folder, madeWith("3.11.7"), "python3", null))
                .isInstanceOf(ModelExpressionException.class)
                .hasMessage("its environment can't be made, because its requirements.txt is missing");
    }

    private PythonEnvironment environment(String... requirements) throws IOException {
        Files.write(folder.resolve("requirements.txt"), List.of(requirements));
        return PythonEnvironment.of(
                "models:/m/1",
                folder,
                madeWith("2.0.1"),
                folder.resolve("python").toString(),
                folder.resolve("environments").toString());
    }

    private static MlModel madeWith(String python) {
        return new MlModel().setFlavor("python_function", Map.of("python_version", python));
    }
}
