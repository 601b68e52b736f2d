package io.sparkmlflow.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.store.CreateLoggedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunModelsTest {
    @TempDir
    Path folder;

    private MlflowClient client;
    private String run;

    @BeforeEach
    void open() {
        client = new MlflowClient("sqlite:///" + folder.resolve("mlflow.db"));
        run = client.createRun("0").info().runId();
    }

    @AfterEach
    void close() {
        client.close();
    }

    private LoggedModel log(String name, LoggedModelStatus status, Long step) {
        LoggedModel model = client.createLoggedModel(new CreateLoggedModel("0", name, null, run, Map.of(), Map.of()));
        if (status != LoggedModelStatus.PENDING) {
            client.finalizeLoggedModel(model.modelId(), status);
        }
        if (step != null) {
            client.logOutputs(run, List.of(new ModelOutput(model.modelId(), step)));
        }
        return model;
    }

    private void means(LoggedModel model) {
        assertThat(client.resolve("runs:/" + run + "/model")).isEqualTo(model.artifactUri());
        assertThat(client.resolve("runs:/" + run + "/model/sparkml")).isEqualTo(model.artifactUri() + "/sparkml");
        ModelVersion version = client.registerModel("runs:/" + run + "/model", "registered");
        assertThat(version.source()).isEqualTo("models:/" + model.modelId());
        assertThat(version.runId()).isEqualTo(run);
    }

    @Test
    void theLargestStepWins() {
        log("model", LoggedModelStatus.READY, 1L);
        LoggedModel last = log("model", LoggedModelStatus.READY, 30L);
        log("model", LoggedModelStatus.READY, 2L);
        means(last);
    }

    @Test
    void ofOneStepTheNewestWins() throws InterruptedException {
        LoggedModel model = null;
        for (int i = 0; i < 6; i++) {
            model = log("model", LoggedModelStatus.READY, 0L);
            Thread.sleep(2);
        }
        means(model);
    }

    @Test
    void aModelThatIsNotReadyIsNotThere() {
        LoggedModel ready = log("model", LoggedModelStatus.READY, 0L);
        log("model", LoggedModelStatus.UPLOAD_FAILED, 1L);
        log("model", LoggedModelStatus.PENDING, 2L);
        means(ready);
    }

    @Test
    void aDeletedModelHidesNeitherOthersNorTheRunsFiles() {
        LoggedModel model = log("model", LoggedModelStatus.READY, 0L);
        LoggedModel deleted = log("model", LoggedModelStatus.READY, 1L);
        client.deleteLoggedModel(deleted.modelId());
        means(model);
        assertThat(client.resolve("runs:/" + run + "/plots/x.png"))
                .isEqualTo(client.getRun(run).info().artifactUri() + "/plots/x.png");
    }

    @Test
    void aModelThatIsNoOutputIsFoundByItsSource() {
        means(log("model", LoggedModelStatus.READY, null));
    }
}
