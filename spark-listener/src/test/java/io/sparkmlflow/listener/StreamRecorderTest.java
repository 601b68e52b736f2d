package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Facts of streaming queries in every order that threads may tell them in, in a real store. */
class StreamRecorderTest {
    private static final DataUse WRITTEN = DataUse.written(
            new DataSource(null, List.of("file:/out"), "parquet", new StructType().add("id", "long"), null));

    @TempDir
    Path directory;

    private String store;
    private RunRecorder recorder;

    @BeforeEach
    void startTheApplication() {
        store = "sqlite:///" + directory.resolve("mlflow.db");
        recorder =
                new RunRecorder(MlflowConfig.of(key -> null, Map.of("MLFLOW_TRACKING_URI", store)), MlflowClient::open);
        recorder.record(new Fact.ApplicationStarted(
                "application", "me", 1000, Map.of(), Map.of("mlflow.source.name", "train.jar")));
    }

    @Test
    void whatAMicroBatchDoesMayBeToldBeforeItsQuery() {
        recorder.record(new Fact.DataUsed(null, "run", List.of(WRITTEN)));
        recorder.record(started("query", "run", "words"));
        recorder.record(new Fact.DataUsed(null, "run", List.of(WRITTEN)));
        recorder.record(new Fact.StreamEnded("query", "run", 3000, null, null, List.of(point(7))));
        Run run = finish(RunStatus.FINISHED)
                .only(each -> "words".equals(each.info().runName()));

        assertThat(run.inputs())
                .extracting(DatasetInput::dataset)
                .extracting("name")
                .containsExactly("out");
        assertThat(run.data().tags())
                .containsEntry("spark.streaming.queryId", "query")
                .containsEntry("spark.streaming.runId", "run");
        assertThat(run.data().params()).containsEntry("trigger", "Once");
        assertThat(StoredRuns.metrics(run)).containsEntry("rows", 7.0);
        assertThat(run.info().endTime()).isEqualTo(3000);
    }

    @Test
    void whatIsToldAgainIsThereOnce() {
        for (int i = 0; i < 2; i++) {
            recorder.record(started("query", "run", null));
            recorder.record(new Fact.StreamDescribed("run", Map.of("sink", "Sink[x]")));
            recorder.record(new Fact.StreamEnded("query", "run", 3000, "no", "SOME_CLASS", List.of(point(7))));
        }
        StoredRuns runs = finish(RunStatus.FINISHED);

        Run run = runs.only(each -> "query".equals(each.info().runName()));
        assertThat(runs.history(run, "rows")).hasSize(1);
        assertThat(run.info().status()).isEqualTo(RunStatus.FAILED);
        assertThat(run.data().tags())
                .containsEntry("spark.streaming.exception", "no")
                .containsEntry("spark.streaming.errorClass", "SOME_CLASS");
    }

    @Test
    void aQueryThatRunsOnEndsAsTheApplicationDoesInTheEnd() {
        recorder.record(started("stopped", "first", "stopped"));
        recorder.record(new Fact.StreamEnded("stopped", "first", 3000, null, null, List.of()));
        recorder.record(started("running", "second", "running"));
        recorder.record(new Fact.StreamProgressed("second", List.of(point(7))));
        recorder.record(new Fact.StreamProgressed("never-started", List.of(point(7))));
        StoredRuns before = finish(RunStatus.FINISHED);
        recorder.correct(RunStatus.FAILED);

        assertThat(before.runs())
                .hasSize(3)
                .allSatisfy(run -> assertThat(run.info().status()).isEqualTo(RunStatus.FINISHED));
        StoredRuns after = StoredRuns.read(store);
        assertThat(after.where(run -> run.info().status() == RunStatus.FAILED))
                .extracting(run -> run.info().runName())
                .containsExactlyInAnyOrder("application", "running");
    }

    private static Fact.StreamStarted started(String queryId, String runId, String name) {
        return new Fact.StreamStarted(queryId, runId, name, 2000, null, Map.of("trigger", "Once"), List.of(WRITTEN));
    }

    private static Metric point(double rows) {
        return new Metric("rows", rows, 2500, 1);
    }

    private StoredRuns finish(RunStatus status) {
        recorder.record(new Fact.ApplicationEnded(4000, status, List.of()));
        recorder.close();
        return StoredRuns.read(store);
    }
}
