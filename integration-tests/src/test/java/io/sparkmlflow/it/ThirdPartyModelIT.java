package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A model whose class is neither MLlib's nor ours: XGBoost4J-Spark, which is built for Spark 3.5. */
class ThirdPartyModelIT {
    private static final Distribution SPARK = Distribution.oldest();

    @Test
    void isLoggedAndLoadedWithItsJarAndExplainedWithout() {
        Path directory = Checkout.newWorkFolder("third-party-model");
        Path xgboost = Checkout.copiedJar("xgboost4j-spark_2.12");
        Path program = Programs.jarWithBundle(SPARK, directory, "ThirdPartyModel.java", xgboost);

        Outcome logged = command(directory, program, "log").jars(xgboost).run(directory);
        logged.assertSucceeded();
        assertThat(logged.results())
                .containsExactly(
                        "distinct = 2",
                        "same runs = true",
                        "same models:/m = true",
                        "same models:/t = true",
                        "inputs = [id, x, y]");

        Outcome without = command(directory, program, "load").run(directory);
        without.assertSucceeded();
        assertThat(without.results())
                .containsExactly("refused = The model models:/third-party/1 needs the class"
                        + " ml.dmlc.xgboost4j.scala.spark.XGBoostClassificationModel, which is not on the class path: add"
                        + " its jar with --jars or --packages, in the version that the model was fitted with");
    }

    private static SparkCommand command(Path directory, Path program, String what) {
        return SparkCommand.submit(SPARK, "ThirdPartyModel", program, what)
                .withBundle()
                .forTinyData()
                .conf("spark.mlflow.trackingUri", PythonMlflow.defaultStore(directory))
                .conf("spark.mlflow.experiment", "third-party");
    }
}
