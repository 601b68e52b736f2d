package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.it.Scoring.Scored;
import io.sparkmlflow.it.Tracked.TrackedRun;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A program that knows nothing of MLflow is tracked, its model saved, registered and scored from SQL. */
class EndToEndIT {
    private static final String EVERY_SPARK = "io.sparkmlflow.it.Distribution#all";

    @ParameterizedTest(name = "{0}")
    @MethodSource(EVERY_SPARK)
    void theProgramSeesNothingOfTheListener(Distribution spark) {
        Outcome outcome = Training.on(spark).outcome();
        assertThat(outcome.ourWarnings()).isEmpty();
        assertThat(outcome.stdoutLines()).hasSize(3).first().isEqualTo("rows: 427 to train, 142 held out");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(EVERY_SPARK)
    void theApplicationIsARunWithItsJobs(Distribution spark) {
        TrackedRun application = Training.on(spark).tracked().application();
        assertThat(application.name()).isEqualTo("train-breast-cancer");
        assertThat(application.status()).isEqualTo("FINISHED");
        assertThat(application.json().get("end_time").asLong())
                .isGreaterThanOrEqualTo(application.json().get("start_time").asLong());
        assertThat(application.params())
                .containsEntry("spark.version", spark.version())
                .containsEntry("spark.master", "local[2]");
        assertThat(application.metrics())
                .hasEntrySatisfying(
                        "spark/jobs_succeeded", jobs -> assertThat(jobs).isGreaterThan(5))
                .containsEntry("spark/jobs_failed", 0.0)
                .hasEntrySatisfying(
                        "spark/input_records", records -> assertThat(records).isGreaterThan(427));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(EVERY_SPARK)
    void theFitIsAChildRunWithEveryParameterThatPythonWouldLog(Distribution spark) throws IOException {
        TrackedRun fit = Training.on(spark).tracked().fit();
        assertThat(fit.status()).isEqualTo("FINISHED");
        assertThat(fit.params()).containsAllEntriesOf(paramsThatPythonLogs());
        assertThat(fit.tags()).containsEntry("estimator_name", "Pipeline").containsKey("mlflow.log-model.history");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(EVERY_SPARK)
    void theFitHasTheTrainingMetrics(Distribution spark) {
        assertThat(Training.on(spark).tracked().fit().metrics())
                .hasEntrySatisfying(
                        "training_objectiveHistory", value -> assertThat(value).isBetween(0.0, 0.2))
                .hasEntrySatisfying(
                        "training_totalIterations", value -> assertThat(value).isBetween(1.0, 50.0));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(EVERY_SPARK)
    void theFitHasTheModel(Distribution spark) {
        List<String> artifacts = Training.on(spark).tracked().fit().artifacts();
        assertThat(artifacts)
                .contains("model/MLmodel", "model/requirements.txt")
                .anyMatch(path -> path.startsWith("model/sparkml/metadata/part-"))
                .anyMatch(path -> path.matches("model/sparkml/stages/3_logreg_[^/]+/data/.*\\.parquet"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(EVERY_SPARK)
    void theTablesThatWereReadAreDatasets(Distribution spark) {
        List<JsonNode> datasets = Training.on(spark).tracked().runs().stream()
                .flatMap(run -> run.datasets().valueStream())
                .toList();
        assertThat(datasets)
                .extracting(dataset -> dataset.get("source").asText())
                .anyMatch(source -> source.contains("breast-cancer/train.csv"))
                .anyMatch(source -> source.contains("breast-cancer/holdout.csv"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(EVERY_SPARK)
    void theModelIsRegisteredWithItsAlias(Distribution spark) {
        Tracked tracked = Training.on(spark).tracked();
        assertThat(tracked.modelVersions()).hasSize(1);
        JsonNode version = tracked.modelVersions().get(0);
        assertThat(version.get("name").asText()).isEqualTo(Training.MODEL);
        assertThat(version.get("version").asInt()).isEqualTo(1);
        assertThat(version.get("status").asText()).isEqualTo("READY");
        assertThat(version.get("run_id").asText()).isEqualTo(tracked.fit().id());
        assertThat(tracked.aliases().at("/" + Training.MODEL + "/champion").asInt())
                .isEqualTo(1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(EVERY_SPARK)
    void theModelScoresInSqlAsItDidInTheProgram(Distribution spark) {
        Training training = Training.on(spark);
        List<Scored> rows =
                Scoring.score(spark, training.directory(), training.store(), "models:/" + Training.MODEL + "@champion");
        assertThat(rows).hasSize(142);
        assertThat(training.outcome().stdoutLines())
                .contains(String.format(Locale.ROOT, "held-out accuracy: %.4f", Scoring.accuracy(rows)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource(EVERY_SPARK)
    void theShowProgramPrintsWhatWasTracked(Distribution spark) {
        String shown = Training.on(spark).show().assertSucceeded().stdout();
        assertThat(shown)
                .contains(
                        "run train-breast-cancer  FINISHED",
                        "LogisticRegression.regParam = 0.01",
                        "registered model breast-cancer  version 1  READY");
    }

    /** What {@code mlflow.pyspark.ml.autolog} of MLflow 3.17.2 logged for the same pipeline, fitted from Python. */
    private static Map<String, String> paramsThatPythonLogs() throws IOException {
        try (InputStream in = EndToEndIT.class.getResourceAsStream("/breast-cancer-params.json")) {
            return new ObjectMapper().readValue(in, new TypeReference<Map<String, String>>() {});
        }
    }
}
