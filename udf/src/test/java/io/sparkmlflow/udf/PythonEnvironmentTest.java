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

    private static MlModel madeWith(String python) {
        return new MlModel().setFlavor("python_function", Map.of("python_version", python));
    }
}
