package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.SearchRuns;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkModelsTest {
    private final SparkSession spark = TestSpark.session();
    private final Transformer model = new Tokenizer().setInputCol("text").setOutputCol("words");

    @TempDir
    Path directory;

    private String trackingUri;

    @BeforeEach
    void nameTheStore() {
        trackingUri = "sqlite:///" + directory.resolve("mlflow.db");
        spark.conf().set("spark.mlflow.trackingUri", trackingUri);
        spark.conf().set("spark.mlflow.experiment", "new");
    }

    @AfterEach
    void forgetTheStore() {
        spark.conf().unset("spark.mlflow.trackingUri");
        spark.conf().unset("spark.mlflow.experiment");
    }

    @Test
    void logsFromSeveralThreadsIntoAnExperimentThatIsNotThere() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<ModelInfo>> logged = IntStream.range(0, 4)
                    .mapToObj(i -> threads.submit(() -> SparkModels.log(
                            model,
                            "model",
                            ModelOptions.builder()
                                    .loggedModel(LoggedModelMode.RUN)
                                    .build())))
                    .toList();
            for (Future<ModelInfo> each : logged) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }

        assertThat(statuses())
                .containsExactly(RunStatus.FINISHED, RunStatus.FINISHED, RunStatus.FINISHED, RunStatus.FINISHED);
    }

    @Test
    void makesNoRunForAModelWhoseNameIsIllegal() {
        for (String name : List.of("", " ", "../x", "a/../b", "/x", "a\\b", ".")) {
            assertThatThrownBy(() -> SparkModels.log(model, name, ModelOptions.NONE))
                    .isInstanceOf(MlflowException.class)
                    .hasMessageContaining("name");
        }

        try (MlflowClient client = new MlflowClient(trackingUri)) {
            assertThat(client.tracking().findExperimentByName("new")).isEmpty();
        }
    }

    @Test
    void refusesARunThatIsNotThereBeforeAnythingIsWritten() {
        ModelOptions options = ModelOptions.builder().runId("0123").build();

        assertThatThrownBy(() -> SparkModels.log(new PartitioningStage(PartitioningStage.FAILING), "model", options))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("0123");
    }

    @Test
    void showsWhatFailedFirst() {
        MlflowException first = MlflowException.invalidParameter("the model is odd");
        MlflowException second = new MlflowException(ErrorCode.TEMPORARILY_UNAVAILABLE, "the server is down");

        assertThatThrownBy(() -> SparkModels.inRun(
                        "0123",
                        () -> {
                            throw first;
                        },
                        status -> {
                            throw second;
                        }))
                .isSameAs(first)
                .hasSuppressedException(second);
    }

    @Test
    void marksTheRunOfAFailedModelAsFailed() {
        assertThatThrownBy(() ->
                        SparkModels.log(new PartitioningStage(PartitioningStage.FAILING), "model", ModelOptions.NONE))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("half is written")
                .hasRootCauseInstanceOf(IllegalStateException.class);

        assertThat(statuses()).containsExactly(RunStatus.FAILED);
    }

    @Test
    void savesToPathsAsPeopleWriteThem() {
        SparkModels.save(model, "file:" + directory + "/with a blank", ModelOptions.NONE);
        SparkModels.save(model, "FILE:" + directory + "/50% off", ModelOptions.NONE);
        SparkModels.save(model, "file://" + directory + "/escaped%20blank", ModelOptions.NONE);

        assertThat(directory.resolve("with a blank/MLmodel")).exists();
        assertThat(directory.resolve("50% off/MLmodel")).exists();
        assertThat(directory.resolve("escaped blank/MLmodel")).exists();
        assertThatThrownBy(() -> SparkModels.save(model, "file://host/x", ModelOptions.NONE))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("'file://host/x' is a file on another machine");
    }

    private List<RunStatus> statuses() {
        try (MlflowClient client = new MlflowClient(trackingUri)) {
            String experiment =
                    client.tracking().findExperimentByName("new").orElseThrow().experimentId();
            return client.tracking().searchRuns(SearchRuns.in(experiment)).items().stream()
                    .map(run -> run.info().status())
                    .toList();
        }
    }
}
