package io.sparkmlflow.listener.delivery;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunData;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchExperiments;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchRuns;
import io.sparkmlflow.store.TrackingStore;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Stands in for a tracking store that does not answer: takes what the listener writes, and makes up what it needs to go on.
 * Runs get ids of ours, which are exchanged for the store's when the spool is sent.
 */
final class SpoolStore implements TrackingStore {
    private static final String LOCAL = "local-";
    private static final String NAMED = "name:";
    private static final String ARTIFACTS = "spool:";

    private final Supplier<Spool> spool;
    private final String uri;
    private final Map<String, RunInfo> runs = new HashMap<>();
    private final Set<String> othersRuns = new HashSet<>();

    /** @param spool gives what takes the next call */
    SpoolStore(Supplier<Spool> spool, String uri) {
        this.spool = spool;
        this.uri = uri;
    }

    /** Returns the id that an experiment has here, of which only the name is known. */
    static String named(String experimentName) {
        return NAMED + experimentName;
    }

    /** Returns the name of the experiment that an id stands for, or {@code null} if it is the store's own id. */
    static String nameOf(String experimentId) {
        return experimentId.startsWith(NAMED) ? experimentId.substring(NAMED.length()) : null;
    }

    /** Returns the run whose artifacts a URI of ours stands for, or {@code null} if it is none of ours. */
    static String runOf(String artifactUri) {
        return artifactUri.startsWith(ARTIFACTS) ? artifactUri.substring(ARTIFACTS.length()) : null;
    }

    @Override
    public String uri() {
        return uri;
    }

    @Override
    public Run createRun(CreateRun request) {
        String id = LOCAL + UUID.randomUUID();
        spool.get().add(new SpoolOp.RunCreated(id, request));
        RunInfo info = info(id, request.runName(), request.experimentId(), request.startTime());
        runs.put(id, info);
        return new Run(info, new RunData(List.of(), Map.of(), request.tags()), List.of(), List.of(), List.of());
    }

    /** A run that was not made here is taken to be there, and nothing of it is known. */
    @Override
    public Run getRun(String runId) {
        RunInfo info = runs.get(runId);
        if (info == null) {
            info = info(runId, null, "0", 0);
            runs.put(runId, info);
            othersRuns.add(runId);
        }
        return new Run(info, new RunData(List.of(), Map.of(), Map.of()), List.of(), List.of(), List.of());
    }

    private static RunInfo info(String id, String name, String experimentId, long startTime) {
        return new RunInfo(
                id, name, experimentId, "", RunStatus.RUNNING, startTime, null, LifecycleStage.ACTIVE, ARTIFACTS + id);
    }

    @Override
    public RunInfo updateRun(String runId, RunStatus status, Long endTime, String runName) {
        spool.get().add(new SpoolOp.RunUpdated(runId, status, endTime, runName));
        return getRun(runId).info();
    }

    @Override
    public void logBatch(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags) {
        spool.get().add(new SpoolOp.Logged(runId, metrics, params, tags, othersRuns.contains(runId)));
    }

    @Override
    public void setTag(String runId, Tag tag) {
        logBatch(runId, List.of(), List.of(), List.of(tag));
    }

    @Override
    public void logInputs(String runId, List<DatasetInput> datasets, List<ModelInput> models) {
        if (!models.isEmpty()) {
            throw notNow();
        }
        spool.get().add(new SpoolOp.InputsLogged(runId, datasets));
    }

    @Override
    public Optional<Experiment> findExperimentByName(String name) {
        return Optional.of(new Experiment(named(name), name, ARTIFACTS, LifecycleStage.ACTIVE, 0, 0, Map.of()));
    }

    @Override
    public String createExperiment(String name, String artifactLocation, Map<String, String> tags) {
        return named(name);
    }

    @Override
    public Experiment getExperiment(String experimentId) {
        throw notNow();
    }

    @Override
    public Page<Experiment> searchExperiments(SearchExperiments request) {
        throw notNow();
    }

    @Override
    public void renameExperiment(String experimentId, String newName) {
        throw notNow();
    }

    @Override
    public void setExperimentTag(String experimentId, String key, String value) {
        throw notNow();
    }

    @Override
    public void deleteExperimentTag(String experimentId, String key) {
        throw notNow();
    }

    @Override
    public void deleteExperiment(String experimentId) {
        throw notNow();
    }

    @Override
    public void restoreExperiment(String experimentId) {
        throw notNow();
    }

    @Override
    public void deleteRun(String runId) {
        throw notNow();
    }

    @Override
    public void restoreRun(String runId) {
        throw notNow();
    }

    @Override
    public Page<Run> searchRuns(SearchRuns request) {
        throw notNow();
    }

    @Override
    public void deleteTag(String runId, String key) {
        throw notNow();
    }

    @Override
    public Page<Metric> getMetricHistory(String runId, String key, int maxResults, String pageToken) {
        throw notNow();
    }

    @Override
    public void logOutputs(String runId, List<ModelOutput> models) {
        throw notNow();
    }

    @Override
    public void recordModel(String runId, String modelInfoJson) {
        throw notNow();
    }

    @Override
    public LoggedModel createLoggedModel(CreateLoggedModel request) {
        throw notNow();
    }

    @Override
    public LoggedModel getLoggedModel(String modelId) {
        throw notNow();
    }

    @Override
    public LoggedModel finalizeLoggedModel(String modelId, LoggedModelStatus status) {
        throw notNow();
    }

    @Override
    public Page<LoggedModel> searchLoggedModels(SearchLoggedModels request) {
        throw notNow();
    }

    @Override
    public void setLoggedModelTags(String modelId, List<Tag> tags) {
        throw notNow();
    }

    @Override
    public void deleteLoggedModelTag(String modelId, String key) {
        throw notNow();
    }

    @Override
    public void logLoggedModelParams(String modelId, List<Param> params) {
        throw notNow();
    }

    @Override
    public void deleteLoggedModel(String modelId) {
        throw notNow();
    }

    @Override
    public void close() {}

    private MlflowException notNow() {
        return new MlflowException(
                ErrorCode.NOT_IMPLEMENTED, "This cannot be kept for later while " + uri + " does not answer");
    }
}
