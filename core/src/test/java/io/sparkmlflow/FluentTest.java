package io.sparkmlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FluentTest {
    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private Fluent fluent;

    private Fluent fluent() {
        if (fluent == null) {
            environment.put("MLFLOW_TRACKING_URI", uri());
            fluent = new Fluent(MlflowConfig.of(key -> null, environment));
        }
        return fluent;
    }

    private String uri() {
        return "sqlite:///" + folder.resolve("mlflow.db");
    }

    @AfterEach
    void close() {
        fluent().client().close();
    }

    private io.sparkmlflow.entities.Run stored(Run run) {
        return fluent().client().getRun(run.runId());
    }

    @Test
    void aClosedRunIsFinished() {
        Run run = fluent().start(StartRun.anew().withRunName("first"));
        assertThat(fluent().runs().active()).contains(run);
        assertThat(stored(run).info().status()).isEqualTo(RunStatus.RUNNING);
        run.close();
        run.close();
        assertThat(fluent().runs().active()).isEmpty();
        assertThat(fluent().runs().lastEnded()).contains(run);
        assertThat(stored(run).info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(stored(run).info().endTime()).isNotNull();
        assertThat(stored(run).info().runName()).isEqualTo("first");
        assertThat(stored(run).data().tags()).containsEntry(MlflowTags.SOURCE_TYPE, "LOCAL");
        assertThat(stored(run).info().userId()).isEqualTo(System.getProperty("user.name"));
    }

    @Test
    void aRunThatIsMarkedIsFailed() {
        Run run = fluent().start(StartRun.anew());
        try (run) {
            run.fail();
        }
        assertThat(stored(run).info().status()).isEqualTo(RunStatus.FAILED);
    }

    @Test
    void nestedRunsNameTheirParentAndAreAStack() {
        try (Run parent = fluent().start(StartRun.anew())) {
            assertThatThrownBy(() -> fluent().start(StartRun.anew()))
                    .isInstanceOf(MlflowException.class)
                    .hasMessageContaining(parent.runId())
                    .hasMessageContaining("asNested");
            try (Run child = fluent().start(StartRun.anew().asNested())) {
                assertThat(stored(child).data().tags()).containsEntry(MlflowTags.PARENT_RUN_ID, parent.runId());
                assertThat(fluent().client().getParentRun(child.runId()))
                        .hasValueSatisfying(
                                run -> assertThat(run.info().runId()).isEqualTo(parent.runId()));
                assertThat(fluent().runs().active()).contains(child);
            }
            assertThat(fluent().runs().active()).contains(parent);
        }
    }

    @Test
    void aParentCanBeNamed() {
        Run parent = fluent().start(StartRun.anew());
        parent.close();
        try (Run child = fluent().start(StartRun.anew().withParentRunId(parent.runId()))) {
            assertThat(stored(child).data().tags()).containsEntry(MlflowTags.PARENT_RUN_ID, parent.runId());
            assertThatThrownBy(() -> fluent().start(StartRun.anew().asNested().withParentRunId(parent.runId())))
                    .hasMessageContaining("is not the active run");
        }
    }

    @Test
    void eachThreadHasItsOwnRun() {
        try (Run ours = fluent().start(StartRun.anew())) {
            Run theirs = CompletableFuture.supplyAsync(() -> {
                        assertThat(fluent().runs().active()).isEmpty();
                        return fluent().activeOrStarted();
                    })
                    .join();
            assertThat(theirs.runId()).isNotEqualTo(ours.runId());
            assertThat(fluent().runs().active()).contains(ours);
            theirs.close();
        }
    }

    @Test
    void aRunThatAnotherThreadEndedIsNotActiveAnyMore() {
        Run run = fluent().start(StartRun.anew());
        CompletableFuture.runAsync(run::close).join();
        assertThat(fluent().runs().active()).isEmpty();
    }

    @Test
    void theFirstRunIsTheOneThatTheEnvironmentNames() {
        String runId;
        try (MlflowClient client = new MlflowClient(uri())) {
            runId = client.createRun(new CreateRun("0", "made before", null, 1, Map.of()))
                    .info()
                    .runId();
            client.setTerminated(runId);
        }
        environment.put("MLFLOW_RUN_ID", runId);
        try (Run run = fluent().start(StartRun.anew().withTags(Map.of("again", "yes")))) {
            assertThat(run.runId()).isEqualTo(runId);
            assertThat(stored(run).info().status()).isEqualTo(RunStatus.RUNNING);
            assertThat(stored(run).info().runName()).isEqualTo("made before");
            assertThat(stored(run).data().tags()).containsEntry("again", "yes");
        }
        try (Run next = fluent().start(StartRun.anew())) {
            assertThat(next.runId()).isNotEqualTo(runId);
        }
    }

    @Test
    void aDeletedRunIsNotResumed() {
        Run run = fluent().start(StartRun.anew());
        run.close();
        fluent().client().deleteRun(run.runId());
        assertThatThrownBy(() -> fluent().start(StartRun.existing(run.runId()))).hasMessageContaining("is deleted");
    }

    @Test
    void anExperimentThatIsSetIsCreated() {
        String id = fluent().setExperiment("wine").experimentId();
        assertThat(fluent().setExperiment("wine").experimentId()).isEqualTo(id);
        try (Run run = fluent().start(StartRun.anew())) {
            assertThat(run.info().experimentId()).isEqualTo(id);
        }
        fluent().client().deleteExperiment(id);
        assertThatThrownBy(() -> fluent().setExperiment("wine")).hasMessageContaining("deleted experiment 'wine'");
    }

    @Test
    void theExperimentOfTheEnvironmentIsCreated() {
        environment.put("MLFLOW_EXPERIMENT_NAME", "beer");
        try (Run run = fluent().start(StartRun.anew())) {
            assertThat(fluent().client()
                            .getExperiment(run.info().experimentId())
                            .name())
                    .isEqualTo("beer");
        }
    }

    @Test
    void aRunOfAnotherExperimentIsNotResumed() {
        Run run = fluent().start(StartRun.anew());
        run.close();
        fluent().setExperiment("wine");
        assertThatThrownBy(() -> fluent().start(StartRun.existing(run.runId())))
                .hasMessageContaining("in the experiment 0");
    }

    @Test
    void theDescriptionIsATag() {
        try (Run run = fluent().start(StartRun.anew().withDescription("*why*"))) {
            assertThat(stored(run).data().tags()).containsEntry(MlflowTags.NOTE, "*why*");
        }
        assertThatThrownBy(() ->
                        fluent().start(StartRun.anew().withDescription("a").withTags(Map.of(MlflowTags.NOTE, "b"))))
                .hasMessageContaining("given twice");
    }

    @Test
    void allRunsEndWithTheJvm() {
        Run parent = fluent().start(StartRun.anew());
        Run child = fluent().start(StartRun.anew().asNested());
        fluent().client().logMetric(child.runId(), "loss", 1);
        fluent().runs().endAll();
        assertThat(stored(parent).info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(stored(child).info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(fluent().client().tracking().getRun(child.runId()).data().metrics())
                .hasSize(1);
    }

    @Test
    void anOpenRunStaysWithItsStore() {
        Run run = fluent().start(StartRun.anew());
        MlflowClient before = fluent().client();
        fluent().set(Setting.TRACKING_URI, "sqlite:///" + folder.resolve("other.db"));
        assertThat(fluent().client()).isNotSameAs(before);
        run.close();
        assertThat(before.getRun(run.runId()).info().status()).isEqualTo(RunStatus.FINISHED);
        before.close();
    }

    @Test
    void aRunWhoseEndTheStoreDidNotHearOfIsEndedWithTheJvm() throws IOException {
        String info = "{\"run_id\": \"r1\", \"experiment_id\": \"0\", \"status\": \"RUNNING\","
                + " \"lifecycle_stage\": \"active\", \"artifact_uri\": \"/mlruns/r1\"}";
        environment.put("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0");
        environment.put("MLFLOW_EXPERIMENT_ID", "0");
        try (FaultServer server = FaultServer.start()) {
            fluent();
            fluent.set(Setting.TRACKING_URI, server.uri());
            server.then(FaultServer.json("{\"run\": {\"info\": " + info + "}}"));
            Run run = fluent.start(StartRun.anew());
            server.then(FaultServer.reply(503, "text/plain", "down"));
            assertThatThrownBy(() -> run.end(RunStatus.KILLED)).isInstanceOf(StoreUnavailableException.class);
            assertThat(fluent.runs().active()).isEmpty();
            int asked = server.requests().size();
            server.otherwise(FaultServer.json("{\"run_info\": " + info + "}"));
            fluent.runs().endAll();
            assertThat(server.requests()).hasSize(asked + 1);
            assertThat(server.requests().get(asked).text()).contains("\"status\":\"KILLED\"");
            run.close();
            assertThat(server.requests()).hasSize(asked + 1);
        }
    }
}
