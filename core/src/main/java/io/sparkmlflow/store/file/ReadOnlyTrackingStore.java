package io.sparkmlflow.store.file;

import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.TrackingStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Refuses what would change a tracking store. */
abstract class ReadOnlyTrackingStore implements TrackingStore {
    private final Path root;
    private final String uri;

    ReadOnlyTrackingStore(Path root, String uri) {
        this.root = root;
        this.uri = uri;
    }

    @Override
    public final String uri() {
        return uri;
    }

    /** Returns the folder that the store is. */
    final Path root() {
        return root;
    }

    @Override
    public final String createExperiment(String name, String artifactLocation, Map<String, String> tags) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void renameExperiment(String experimentId, String newName) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void setExperimentTag(String experimentId, String key, String value) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteExperimentTag(String experimentId, String key) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteExperiment(String experimentId) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void restoreExperiment(String experimentId) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final Run createRun(CreateRun request) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final RunInfo updateRun(String runId, RunStatus status, Long endTime, String runName) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteRun(String runId) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void restoreRun(String runId) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void logBatch(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void setTag(String runId, Tag tag) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteTag(String runId, String key) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void logInputs(String runId, List<DatasetInput> datasets, List<ModelInput> models) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void logOutputs(String runId, List<ModelOutput> models) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void recordModel(String runId, String modelInfoJson) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final LoggedModel createLoggedModel(CreateLoggedModel request) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final LoggedModel finalizeLoggedModel(String modelId, LoggedModelStatus status) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void setLoggedModelTags(String modelId, List<Tag> tags) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteLoggedModelTag(String modelId, String key) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void logLoggedModelParams(String modelId, List<Param> params) {
        throw ReadOnly.refused(root);
    }

    @Override
    public final void deleteLoggedModel(String modelId) {
        throw ReadOnly.refused(root);
    }

    /** There is nothing to let go of. */
    @Override
    public final void close() {}
}
