package io.sparkmlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.store.CreateLoggedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The static calls, against an embedded store. */
class MlflowTest {
    @TempDir
    Path folder;

    @BeforeEach
    void open() {
        Mlflow.setTrackingUri("sqlite:///" + folder.resolve("mlflow.db"));
        Mlflow.createExperiment("e", folder.resolve("artifacts").toString(), Map.of());
        Mlflow.setExperiment("e");
    }

    @AfterEach
    void close() {
        Mlflow.clearActiveModel();
        Mlflow.endRun();
        Mlflow.client().close();
    }

    @Test
    void valuesAreFoundByTheSearchThatFindsPythons() {
        try (Run run = Mlflow.startRun()) {
            Mlflow.logParam("lr", 1e-6);
            Mlflow.logParams(Map.of("deep", true, "depth", 5));
            Mlflow.setTag("checked", false);
            assertThat(Mlflow.searchRuns("params.lr = '1e-06' and params.deep = 'True' and tags.checked = 'False'"))
                    .hasSize(1);
            assertThat(Mlflow.getArtifactUri("a/b.txt")).isEqualTo(Mlflow.getArtifactUri() + "/a/b.txt");
            assertThat(run.runId()).isNotEmpty();
        }
    }

    @Test
    void anotherRunIsLoggedToWithoutBecomingTheActiveOne() {
        Run first = Mlflow.startRun();
        first.close();
        Dataset wine = new Dataset("wine", "d1", "local", "{}", null, null);
        LoggedModel model = Mlflow.initializeLoggedModel(
                new CreateLoggedModel(null, "m", null, first.runId(), Map.of(), Map.of("k", "v")));
        assertThat(model.sourceRunId()).isEqualTo(first.runId());
        assertThat(model.tags()).containsEntry("k", "v");
        try (Run active = Mlflow.startRun()) {
            RunLog log = Mlflow.toRun(first.runId());
            log.logMetrics(Map.of("loss", 0.5f, "n", 3), 2, 1000, model.modelId(), wine);
            log.logParam("late", true);
            log.logText("hello", "t.txt");
            log.logInput(null, null, Map.of(), new ModelInput(model.modelId()));
            log.logInput(wine, "train", Map.of("x", "y"), null);
            assertThat(Mlflow.activeRun()).contains(active);
            assertThat(Mlflow.getRun(active.runId()).data().params()).isEmpty();
        }
        io.sparkmlflow.entities.Run stored = Mlflow.getRun(first.runId());
        assertThat(Mlflow.getLoggedModel(model.modelId()).metrics())
                .contains(new Metric("loss", 0.5, 1000, 2, model.modelId(), "wine", "d1"));
        assertThat(stored.data().metric("n").orElseThrow().timestamp()).isEqualTo(1000);
        assertThat(stored.data().params()).containsEntry("late", "True");
        assertThat(stored.modelInputs()).containsExactly(new ModelInput(model.modelId()));
        assertThat(stored.info().status()).isEqualTo(io.sparkmlflow.entities.RunStatus.FINISHED);
        assertThat(Mlflow.loadText("runs:/" + first.runId() + "/t.txt")).isEqualTo("hello");
        assertThat(Mlflow.downloadArtifacts("runs:/" + first.runId() + "/t.txt", folder))
                .isEqualTo(folder.resolve("t.txt"));
        assertThat(Mlflow.downloadArtifacts("runs:/" + first.runId() + "/t.txt"))
                .hasContent("hello");
    }

    @Test
    void dictionariesAreReadBack() {
        try (Run run = Mlflow.startRun()) {
            Mlflow.logDict(Map.of("a", List.of(1, "x"), "b", Map.of("c", true)), "d.json");
            String uri = "runs:/" + run.runId() + "/d.json";
            assertThat(Mlflow.loadDict(uri)).isEqualTo(Map.of("a", List.of(1, "x"), "b", Map.of("c", true)));
            Mlflow.logText("[1]", "list.json");
            assertThatThrownBy(() -> Mlflow.loadDict("runs:/" + run.runId() + "/list.json"))
                    .isInstanceOf(MlflowException.class)
                    .hasMessageContaining("is not a JSON object");
            Mlflow.logFigure(new byte[] {(byte) 0xff}, "bytes");
            assertThatThrownBy(() -> Mlflow.loadText("runs:/" + run.runId() + "/bytes"))
                    .isInstanceOf(MlflowException.class)
                    .hasMessageContaining("is not a text in UTF-8");
        }
    }

    @Test
    void paramsOfTheActiveModelAndRunsOfOtherExperiments() {
        Mlflow.clearActiveModel();
        assertThatThrownBy(() -> Mlflow.logModelParams(Map.of("a", "1")))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("no active model");
        LoggedModel model = Mlflow.setActiveModel("agent");
        Mlflow.logModelParams(Map.of("a", "1"));
        assertThat(Mlflow.getLoggedModel(model.modelId()).params()).containsEntry("a", "1");
        Mlflow.startRun().close();
        Mlflow.createExperiment("other", folder.resolve("o").toString(), Map.of());
        Mlflow.setExperiment("other");
        Mlflow.startRun().close();
        assertThat(Mlflow.searchRuns((String) null)).hasSize(1);
        assertThat(Mlflow.searchRuns(List.of("e", "no such"), null)).hasSize(1);
        assertThat(Mlflow.searchRunsInAllExperiments(null)).hasSize(2);
        assertThat(Mlflow.searchRuns(List.of("no such"), null)).isEmpty();
    }
}
