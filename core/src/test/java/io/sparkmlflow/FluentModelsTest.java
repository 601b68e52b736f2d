package io.sparkmlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.store.CreateLoggedModel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FluentModelsTest {
    @TempDir
    Path folder;

    private Fluent fluent;
    private FluentModels models;

    @BeforeEach
    void open() {
        fluent = with(Map.of());
        models = fluent.models();
        String experiment = fluent.client()
                .createExperiment("e", folder.resolve("artifacts").toString(), Map.of());
        fluent.setExperimentById(experiment);
    }

    private Fluent with(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("MLFLOW_TRACKING_URI", "sqlite:///" + folder.resolve("mlflow.db"));
        return new Fluent(MlflowConfig.of(key -> null, environment), folder);
    }

    @AfterEach
    void close() {
        fluent.runs().endAll();
        fluent.client().close();
    }

    private io.sparkmlflow.entities.Run stored(Run run) {
        return fluent.client().getRun(run.runId());
    }

    private List<Metric> metricsOf(String modelId) {
        return fluent.client().getLoggedModel(modelId).metrics();
    }

    private static CreateLoggedModel request(String name, Map<String, String> params) {
        return new CreateLoggedModel(null, name, null, null, params, Map.of());
    }

    private static Metric loss(long step) {
        return new Metric("loss", 0.5, 1000, step);
    }

    @Test
    void metricsBelongToTheActiveModelWhichBecomesAnInput() {
        LoggedModel model = models.createExternal(request("agent", Map.of()));
        Run run = fluent.start(StartRun.anew());
        models.logMetric(run, loss(0));
        models.activateById(model.modelId());
        models.logMetric(run, loss(1));
        models.logMetric(run, loss(2));
        assertThat(metricsOf(model.modelId())).extracting(Metric::step).containsExactly(1L, 2L);
        assertThat(stored(run).modelInputs()).containsExactly(new ModelInput(model.modelId()));
        models.clear();
        models.logMetric(run, loss(3));
        assertThat(metricsOf(model.modelId())).hasSize(2);
        assertThat(fluent.client().getMetricHistory(run.runId(), "loss")).hasSize(4);
    }

    @Test
    void metricsBelongToTheModelsThatTheRunProducedAtTheirStep() {
        Run run = fluent.start(StartRun.anew());
        String first = models.initialize(request("first", Map.of())).modelId();
        String second = models.initialize(request("second", Map.of())).modelId();
        models.logOutputs(run, List.of(new ModelOutput(first, 1), new ModelOutput(second, 2)));
        models.logMetric(run, loss(1));
        models.logMetric(run, loss(2));
        models.logMetric(run, new Metric("auc", 0.9, 1000, 2, first, null, null));
        assertThat(metricsOf(first)).extracting(Metric::key).containsExactlyInAnyOrder("loss", "auc");
        assertThat(metricsOf(second)).extracting(Metric::key).containsExactly("loss");
        run.close();

        Run resumed = fluent.start(StartRun.existing(run.runId()));
        models.logMetric(resumed, new Metric("f1", 1, 1000, 2));
        assertThat(metricsOf(second)).extracting(Metric::key).containsExactlyInAnyOrder("loss", "f1");
        assertThat(stored(run).modelInputs()).isEmpty();
    }

    @Test
    void anActiveModelIsFoundByNameOrCreated() {
        LoggedModel created = models.activate("agent");
        assertThat(created.status()).isEqualTo(LoggedModelStatus.READY);
        assertThat(models.activeId()).contains(created.modelId());
        assertThat(models.last()).contains(created);
        models.clear();
        assertThat(models.activate("agent").modelId()).isEqualTo(created.modelId());
        assertThatThrownBy(() -> models.activateById("m-none"))
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        assertThat(models.activeId()).contains(created.modelId());
    }

    @Test
    void theEnvironmentNamesAnActiveModelForEachThread() {
        String modelId = models.initialize(request("named", Map.of())).modelId();
        FluentModels others = with(Map.of("MLFLOW_ACTIVE_MODEL_ID", modelId)).models();
        assertThat(others.activeId()).contains(modelId);
        others.clear();
        assertThat(others.activeId()).isEmpty();
        assertThat(CompletableFuture.supplyAsync(others::activeId).join()).contains(modelId);
    }

    @Test
    void theLastModelIsTheThreadsOwn() {
        assertThat(models.last()).isEmpty();
        LoggedModel model = models.initialize(request("mine", Map.of("k", "v")));
        assertThat(models.last()).contains(model);
        assertThat(CompletableFuture.supplyAsync(models::last).join()).isEmpty();
    }
}
