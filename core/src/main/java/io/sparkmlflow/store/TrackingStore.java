package io.sparkmlflow.store;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Experiments, runs and logged models, wherever they are kept.
 *
 * <p>The calls and their meaning follow MLflow's REST API 2.0, so that one contract holds for the SQL store and the
 * REST store. Every method throws {@link MlflowException} when the store refuses or cannot be reached.
 */
public interface TrackingStore extends AutoCloseable {

    /** Returns the URI that this store was opened with, without credentials: for messages. */
    String uri();

    /**
     * Creates an experiment.
     *
     * @param artifactLocation where its runs keep artifacts, or {@code null} for the store's default
     * @return the new experiment's id
     * @throws MlflowException with {@code RESOURCE_ALREADY_EXISTS} if the name is taken, also by a deleted experiment
     */
    String createExperiment(String name, String artifactLocation, Map<String, String> tags);

    /** Returns an experiment. Throws {@code RESOURCE_DOES_NOT_EXIST} if there is none of that id. */
    Experiment getExperiment(String experimentId);

    /** Returns the experiment of that name, deleted ones included. */
    Optional<Experiment> findExperimentByName(String name);

    /** Returns a page of the experiments that a request describes. */
    Page<Experiment> searchExperiments(SearchExperiments request);

    /**
     * Gives an experiment another name.
     *
     * @throws MlflowException with {@code INVALID_STATE} if it is deleted
     */
    void renameExperiment(String experimentId, String newName);

    void setExperimentTag(String experimentId, String key, String value);

    /** Removes a tag. Throws {@code RESOURCE_DOES_NOT_EXIST} if the experiment has no such tag. */
    void deleteExperimentTag(String experimentId, String key);

    void deleteExperiment(String experimentId);

    void restoreExperiment(String experimentId);

    /** Creates a run in state RUNNING. */
    Run createRun(CreateRun request);

    /** Returns a run with its latest metrics, params, tags, inputs and outputs. */
    Run getRun(String runId);

    /**
     * Changes what is given and leaves the rest.
     *
     * @param status the new state, or {@code null}
     * @param endTime milliseconds since the epoch, or {@code null}
     * @param runName the new name, or {@code null}
     */
    RunInfo updateRun(String runId, RunStatus status, Long endTime, String runName);

    void deleteRun(String runId);

    void restoreRun(String runId);

    /** Returns a page of the runs that a request describes. */
    Page<Run> searchRuns(SearchRuns request);

    /**
     * Logs a batch: all of it or, when an item is refused, nothing of it. Within MLflow's limits: 1000 metrics, 100
     * params, 100 tags, 1000 items in all.
     *
     * <p>A metric that names a logged model is kept with that model too, and found among its metrics.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if a param of another value was logged before
     */
    void logBatch(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags);

    /** Returns how many items {@link #logTogether} takes in all: those of one request, unless the store needs none. */
    default int maxItemsTogether() {
        return 1000;
    }

    /**
     * Does the same as {@link #logBatch} for up to {@link #maxItemsTogether} items, at most 100 of them params and 100 tags:
     * all of it or nothing.
     */
    default void logTogether(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags) {
        logBatch(runId, metrics, params, tags);
    }

    void setTag(String runId, Tag tag);

    /** Removes a tag. Throws {@code RESOURCE_DOES_NOT_EXIST} if the run has no such tag. */
    void deleteTag(String runId, String key);

    /** Returns a page of a metric's points in the order timestamp, step, value; empty if the run has no such metric. */
    Page<Metric> getMetricHistory(String runId, String key, int maxResults, String pageToken);

    /** Records the datasets that a run used. A dataset is stored once for each (experiment, name, digest). */
    default void logInputs(String runId, List<DatasetInput> datasets) {
        logInputs(runId, datasets, List.of());
    }

    /** Records the datasets and the logged models that a run used. */
    void logInputs(String runId, List<DatasetInput> datasets, List<ModelInput> models);

    /** Records the logged models that a run produced. */
    void logOutputs(String runId, List<ModelOutput> models);

    /**
     * Adds a model to the run's tag {@code mlflow.log-model.history}.
     *
     * @param modelInfoJson a JSON object with {@code run_id}, {@code artifact_path}, {@code utc_time_created},
     *     {@code model_uuid} and {@code flavors}
     */
    void recordModel(String runId, String modelInfoJson);

    /** Creates a logged model in state PENDING. */
    LoggedModel createLoggedModel(CreateLoggedModel request);

    LoggedModel getLoggedModel(String modelId);

    /** Moves a logged model to READY or UPLOAD_FAILED. */
    LoggedModel finalizeLoggedModel(String modelId, LoggedModelStatus status);

    /** Returns a page of the logged models that a request describes. */
    Page<LoggedModel> searchLoggedModels(SearchLoggedModels request);

    void setLoggedModelTags(String modelId, List<Tag> tags);

    /** Removes a tag. Throws {@code RESOURCE_DOES_NOT_EXIST} if the model has no such tag. */
    void deleteLoggedModelTag(String modelId, String key);

    void logLoggedModelParams(String modelId, List<Param> params);

    void deleteLoggedModel(String modelId);

    @Override
    void close();
}
