package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.it.Scoring.Scored;
import io.sparkmlflow.it.Tracked.TrackedRun;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A program whose last two statements are {@code pipeline.fit(df); spark.stop();}. */
class FitAndStopIT {
    @ParameterizedTest(name = "{0}")
    @MethodSource("io.sparkmlflow.it.Distribution#all")
    void theModelIsLoggedAndLoads(Distribution spark) {
        Path directory = Checkout.newWorkFolder("fit-and-stop-" + spark.version());
        Path jar = Programs.jar(spark, directory, Checkout.example("FitAndStop.java"));
        Outcome outcome = SparkCommand.submit(spark, "FitAndStop", jar, Checkout.trainingTable())
                .tracked()
                .withSparksLogging()
                .run(directory)
                .assertSucceeded();
        assertThat(outcome.stdout()).isEmpty();

        String store = PythonMlflow.defaultStore(directory);
        Tracked tracked = PythonMlflow.describe(directory, store);
        TrackedRun fit = tracked.fit();
        assertThat(tracked.application().status()).isEqualTo("FINISHED");
        assertThat(fit.status()).isEqualTo("FINISHED");
        assertThat(fit.artifacts()).contains("model/MLmodel");

        List<Scored> rows = Scoring.score(spark, directory, store, "runs:/" + fit.id() + "/model");
        assertThat(rows).hasSize(142);
        // The labels of this program are by frequency: B = 0 and M = 1 again, since most rows are benign.
        assertThat(Scoring.accuracy(rows)).isGreaterThan(0.8);
    }

    @Test
    void aProgramThatExitsWithoutStopKeepsItsCodeAndItsModel() {
        Distribution spark = Distribution.inVenv();
        Path directory = Checkout.newWorkFolder("fit-and-exit");
        Path jar = Programs.jar(
                spark, directory, Checkout.root().resolve("integration-tests/src/test/apps/FitAndExit.java"));
        Outcome outcome = SparkCommand.submit(spark, "FitAndExit", jar, Checkout.trainingTable())
                .tracked()
                .run(directory);

        assertThat(outcome.exitCode()).as(outcome.stderr()).isEqualTo(3);
        assertThat(outcome.ourWarnings()).isEmpty();
        Tracked tracked = PythonMlflow.describe(directory, PythonMlflow.defaultStore(directory));
        // The code of an exit cannot be seen, and no job has failed.
        assertThat(tracked.application().status()).isEqualTo("FINISHED");
        TrackedRun fit = tracked.fit();
        assertThat(fit.status()).isEqualTo("FINISHED");
        assertThat(fit.artifacts()).contains("model/MLmodel").anyMatch(path -> path.contains("sparkml/metadata/part-"));
    }
}
