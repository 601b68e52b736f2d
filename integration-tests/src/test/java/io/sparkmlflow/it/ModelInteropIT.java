package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.it.Scoring.Scored;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Models cross the border between Python and the JVM both ways; predictions are compared value by value. */
class ModelInteropIT {
    private final Distribution spark = Distribution.inVenv();

    @Test
    void pythonPredictsWithOurClassifierAsWeDo() {
        Training training = Training.on(spark);
        assertSamePredictions(training.directory(), training.store(), "models:/" + Training.MODEL + "@champion");
    }

    @Test
    void pythonPredictsWithOurRegressionAsWeDo() {
        Path directory = Checkout.newWorkFolder("interop-regression");
        Path program = Checkout.root().resolve("integration-tests/src/test/apps/FitRegression.java");
        SparkCommand.submit(spark, "FitRegression", Programs.jar(spark, directory, program), Checkout.trainingTable())
                .tracked()
                .conf("spark.mlflow.autolog.registeredModelName", "area")
                .run(directory)
                .assertSucceeded();
        assertSamePredictions(directory, PythonMlflow.defaultStore(directory), "models:/area/1");
    }

    @Test
    void wePredictWithPythonsModelAsPythonDoes() {
        Path directory = Checkout.newWorkFolder("interop-from-python");
        String store = PythonMlflow.defaultStore(directory);
        JsonNode python = PythonMlflow.run(
                directory,
                "log_spark_model.py",
                store,
                "python-made",
                Checkout.trainingTable(),
                Checkout.heldOutTable());
        List<Scored> registered = Scoring.score(spark, directory, store, "models:/python-made/1");
        List<Scored> ofTheRun = Scoring.score(
                spark, directory, store, "runs:/" + python.get("run_id").asText() + "/model");
        assertThat(registered).hasSize(142);
        assertThat(Scoring.predictions(registered)).isEqualTo(doubles(python.get("spark")));
        assertThat(ofTheRun).isEqualTo(registered);
    }

    private void assertSamePredictions(Path directory, String store, String modelUri) {
        List<Double> ours = Scoring.predictions(Scoring.score(spark, directory, store, modelUri));
        JsonNode python = PythonMlflow.run(directory, "predict.py", store, modelUri, Checkout.heldOutTable());
        assertThat(ours).hasSize(142);
        assertThat(doubles(python.get("spark"))).as("mlflow.spark").isEqualTo(ours);
        assertThat(doubles(python.get("pyfunc"))).as("mlflow.pyfunc").isEqualTo(ours);
    }

    private static List<Double> doubles(JsonNode array) {
        return array.valueStream().map(JsonNode::asDouble).toList();
    }
}
