package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.scheduler.SparkListenerUnpersistRDD;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of sessions of Spark Connect, in every order, in a real store. */
class ConnectSessionsTest {
    private static final String ID = "0a1b2c3d-0000-4000-8000-123456789abc";
    private static final String TAGS =
            "mine,SparkConnect_OperationTag_User_a_Session_b_Session_" + ID + "_Operation_7e7e7e7e-0000-4000-8000-0";
    private static final DataUse READ =
            DataUse.read(new DataSource(null, List.of("file:/table"), "csv", new StructType().add("id", "long"), null));

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
                "server", "me", 1000, Map.of(), Map.of("mlflow.source.name", "server.jar")));
    }

    @Test
    void aSessionIsFoundInTheTagsOfItsJobs() {
        String target = ConnectSessions.targetOf(TAGS);

        assertThat(ConnectSessions.sessionOf(target)).isEqualTo(ID);
        Properties properties = new Properties();
        properties.setProperty("spark.job.tags", TAGS);
        assertThat(ConnectSessions.targetRun(properties)).isEqualTo(target);
        assertThat(ConnectSessions.targetRun(new Properties())).isNull();
        assertThat(ConnectSessions.targetOf("mine,SparkConnect_OperationTag_User_a_Session_b"))
                .isNull();
        assertThat(ConnectSessions.sessionOf("0123456789abcdef0123456789abcdef"))
                .isNull();
        assertThat(ConnectSessions.told(new SparkListenerUnpersistRDD(1))).isNull();
    }

    @Test
    void whatASessionDoesMayBeToldBeforeItsStartAndIsBelowIt() {
        String target = ConnectSessions.targetOf(TAGS);
        recorder.record(new Fact.DataUsed(target, List.of(READ)));
        for (int i = 1; i <= 2; i++) {
            recorder.record(fit("fit " + i, i + 1, target));
            recorder.record(new Fact.FitFailed("fit " + i, 2000, List.of()));
        }
        recorder.record(new Fact.SessionStarted(ID, "ada", 1500));
        recorder.record(new Fact.SessionStarted(ID, "ada", 1500));
        recorder.record(new Fact.SessionEnded(ID, 3000));
        StoredRuns runs = finish();

        Run session = runs.only(run -> ID.equals(run.data().tags().get("spark.connect.sessionId")));
        assertThat(session.info().runName()).isEqualTo("connect-0a1b2c3d");
        assertThat(session.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(session.info().endTime()).isEqualTo(3000);
        assertThat(session.data().tags())
                .containsEntry("spark.connect.userId", "ada")
                .containsEntry("mlflow.user", "ada");
        assertThat(session.data().params()).isEmpty();
        assertThat(session.inputs())
                .extracting(DatasetInput::dataset)
                .extracting("name")
                .containsExactly("table");
        assertThat(runs.childrenOf(session))
                .extracting(run -> run.data().params().get("k"))
                .containsExactlyInAnyOrder("2", "3");
        assertThat(runs.childrenOf(runs.application("server"))).containsExactly(session);
    }

    @Test
    void aSessionThatNobodyClosesEndsWithItsServer() {
        recorder.record(new Fact.SessionStarted(ID, null, 1500));
        StoredRuns runs = finish();

        Run session = runs.only(run -> ID.equals(run.data().tags().get("spark.connect.sessionId")));
        assertThat(session.info().status()).isEqualTo(RunStatus.KILLED);
        assertThat(session.data().tags()).doesNotContainKey("spark.connect.userId");
    }

    private static Fact.FitStarted fit(String id, int k, String target) {
        EstimatorDescription estimator = EstimatorDescription.of(new KMeans().setK(k));
        return new Fact.FitStarted(id, 1600, estimator, null, null, null, List.of(), target, null);
    }

    private StoredRuns finish() {
        recorder.record(new Fact.ApplicationEnded(9000, RunStatus.KILLED, List.of()));
        recorder.close();
        return StoredRuns.read(store);
    }
}
