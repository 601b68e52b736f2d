package io.sparkmlflow;

import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.SearchLoggedModels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@link Mlflow} remembers of logged models, for each thread: the active one and the one that was made last. */
final class FluentModels {
    private static final Logger LOG = LoggerFactory.getLogger(FluentModels.class);

    private final Fluent fluent;
    /** No value: the one of the environment. Empty: none. */
    private final ThreadLocal<Optional<String>> active = new ThreadLocal<>();

    private final ThreadLocal<String> last = new ThreadLocal<>();

    FluentModels(Fluent fluent) {
        this.fluent = fluent;
    }

    // ---- the active model ----

    LoggedModel activate(String name) {
        List<LoggedModel> found = fluent.client()
                .searchLoggedModels(SearchLoggedModels.in(fluent.experimentId())
                        .withFilter("name = '" + name.replace("'", "''") + "'")
                        .withMaxResults(2))
                .items();
        if (found.size() > 1) {
            LOG.warn("Several logged models have the name '{}': the newest one becomes the active one.", name);
        }
        if (found.isEmpty()) {
            LOG.info("A logged model with name '{}' does not exist. Creating a new one.", name);
        }
        return activated(
                found.isEmpty()
                        ? createExternal(new CreateLoggedModel(null, name, null, null, Map.of(), Map.of()))
                        : found.get(0));
    }

    LoggedModel activateById(String modelId) {
        return activated(fluent.client().getLoggedModel(modelId));
    }

    private LoggedModel activated(LoggedModel model) {
        active.set(Optional.of(model.modelId()));
        return model;
    }

    void clear() {
        active.set(Optional.empty());
    }

    Optional<String> activeId() {
        Optional<String> set = active.get();
        return set != null ? set : fluent.setting(Setting.ACTIVE_MODEL_ID);
    }

    String requireActiveId() {
        return activeId()
                .orElseThrow(() -> MlflowException.invalidParameter(
                        "There is no active model: set one with Mlflow.setActiveModel, or name the model"));
    }

    // ---- models that are made ----

    LoggedModel initialize(CreateLoggedModel request) {
        return made(fluent.client().createLoggedModel(completed(request)));
    }

    LoggedModel createExternal(CreateLoggedModel request) {
        return made(fluent.client().createExternalModel(completed(request)));
    }

    /** Returns a request with the active run and its experiment, or the active one, where it names none. */
    private CreateLoggedModel completed(CreateLoggedModel request) {
        Optional<Run> run = fluent.runs().active();
        String experiment = request.experimentId() != null
                ? request.experimentId()
                : run.map(active -> active.info().experimentId()).orElseGet(fluent::experimentId);
        String source = request.sourceRunId() != null
                ? request.sourceRunId()
                : run.map(Run::runId).orElse(null);
        return new CreateLoggedModel(
                experiment, request.name(), request.modelType(), source, request.params(), request.tags());
    }

    private LoggedModel made(LoggedModel model) {
        last.set(model.modelId());
        return model;
    }

    Optional<LoggedModel> last() {
        return Optional.ofNullable(last.get()).map(fluent.client()::getLoggedModel);
    }

    // ---- what a run has of them ----

    void logMetric(Run run, Metric metric) {
        for (Metric point : run.models().belonging(metric, activeId().orElse(null), run)) {
            run.client().logMetric(run.runId(), point);
        }
    }

    void logOutputs(Run run, List<ModelOutput> models) {
        run.client().logOutputs(run.runId(), models);
        run.models().produced(models);
    }
}
