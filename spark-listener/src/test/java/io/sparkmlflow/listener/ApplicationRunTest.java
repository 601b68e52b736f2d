package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchRuns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplicationRunTest {
    @TempDir
    Path directory;

    private String store;

    @BeforeEach
    void nameAStore() {
        store = "sqlite:///" + directory.resolve("mlflow.db");
    }

    @Test
    void aRunThatIsJoinedKeepsWhatItsOwnerSaysOfIt() {
        String joined = ownersRun();
        track(Map.of("MLFLOW_RUN_ID", joined), "first");

        Run run = StoredRuns.read(store).only(any -> true);
        assertThat(run.info().runId()).isEqualTo(joined);
        assertThat(run.info().status()).isEqualTo(RunStatus.RUNNING);
        assertThat(run.info().endTime()).isNull();
        assertThat(run.info().runName()).isEqualTo("nightly");
        assertThat(run.data().tags())
                .containsEntry("mlflow.user", "owner")
                .containsEntry("mlflow.source.type", "PROJECT")
                .containsEntry("spark.app.id", "app-first");
        assertThat(run.data().params()).containsEntry("spark.version", "first");
        assertThat(StoredRuns.metrics(run)).containsEntry("spark/jobs_succeeded", 3.0);
    }

    @Test
    void aSecondApplicationIsNestedInTheRunThatTheFirstHasJoined() {
        String joined = ownersRun();
        track(Map.of("MLFLOW_RUN_ID", joined), "first");
        track(Map.of("MLFLOW_RUN_ID", joined), "second");

        StoredRuns runs = StoredRuns.read(store);
        Run owners = runs.only(run -> run.info().runId().equals(joined));
        assertThat(owners.data().params()).containsEntry("spark.version", "first");
        List<Run> children = runs.childrenOf(owners);
        assertThat(children).hasSize(1);
        assertThat(children.get(0).info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(children.get(0).data().params()).containsEntry("spark.version", "second");
    }

    @Test
    void aRunThatIsNotThereIsNotJoined() {
        track(Map.of("MLFLOW_RUN_ID", "0123456789abcdef0123456789abcdef"), "alone");

        Run run = StoredRuns.read(store).application("application alone");
        assertThat(run.info().status()).isEqualTo(RunStatus.FINISHED);
    }

    @Test
    void theEnvironmentNamesTheExperimentAndMoreTags() throws IOException {
        Path project =
                Files.createDirectories(directory.resolve("project/.git")).getParent();
        Files.writeString(project.resolve(".git/HEAD"), "1".repeat(40) + "\n");
        Path program = Files.createFile(project.resolve("train.py"));
        track(
                Map.of("MLFLOW_EXPERIMENT_NAME", "churn", "MLFLOW_RUN_CONTEXT", "{\"team\": \"blue\"}"),
                "named",
                Map.of("mlflow.source.name", program.toString()));

        try (MlflowClient client = new MlflowClient(store)) {
            String experiment = client.tracking()
                    .findExperimentByName("churn")
                    .orElseThrow()
                    .experimentId();
            Run run = client.tracking()
                    .searchRuns(SearchRuns.in(experiment))
                    .items()
                    .get(0);
            assertThat(run.data().tags())
                    .containsEntry("team", "blue")
                    .containsEntry("mlflow.user", "alice")
                    .containsEntry("mlflow.source.git.commit", "1".repeat(40));
        }
    }

    @Test
    void aFailureAfterTheEndIsTold() {
        RunRecorder recorder = track(Map.of(), "late");
        recorder.correct(RunStatus.FAILED);
        Run run = StoredRuns.read(store).application("application late");
        assertThat(run.info().status()).isEqualTo(RunStatus.FAILED);
        assertThat(run.info().endTime()).isEqualTo(2000);
    }

    private String ownersRun() {
        try (MlflowClient client = new MlflowClient(store)) {
            return client.tracking()
                    .createRun(new CreateRun(
                            "0",
                            "nightly",
                            "owner",
                            1,
                            Map.of("mlflow.user", "owner", "mlflow.source.type", "PROJECT")))
                    .info()
                    .runId();
        }
    }

    private RunRecorder track(Map<String, String> environment, String version) {
        return track(environment, version, Map.of());
    }

    /** Tells a whole application: start, a metric, end. */
    private RunRecorder track(Map<String, String> environment, String version, Map<String, String> moreTags) {
        Map<String, String> variables = new HashMap<>(environment);
        variables.put("MLFLOW_TRACKING_URI", store);
        RunRecorder recorder = new RunRecorder(MlflowConfig.of(key -> null, variables), MlflowClient::open);
        Map<String, String> tags = new HashMap<>(Map.of(
                "mlflow.source.type", "JOB", "mlflow.source.name", "train.jar", "spark.app.id", "app-" + version));
        tags.putAll(moreTags);
        recorder.record(new Fact.ApplicationStarted(
                "application " + version, "alice", 1000, Map.of("spark.version", version), tags));
        recorder.record(new Fact.ApplicationEnded(
                2000, RunStatus.FINISHED, List.of(new Metric("spark/jobs_succeeded", 3, 2000, 1))));
        recorder.close();
        return recorder;
    }
}
