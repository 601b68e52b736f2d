package io.sparkmlflow;

import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchRuns;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.store.TrackingStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What {@link MlflowClient} does with runs and with what is logged to them.
 *
 * <p>Every method throws {@link MlflowException} when the store refuses. A metric that is logged alone is sent behind the call,
 * see {@link MlflowClient}; whatever reads or ends a run sends that run's metrics first, and throws what was refused of them.
 */
public sealed interface RunCalls permits MlflowClient {
    /** How many points a page of a metric's history has at most. */
    int HISTORY_PAGE = 25_000;

    /** Returns the store that is asked. */
    TrackingStore tracking();

    /** Creates a run without a name of its own that starts now. */
    default Run createRun(String experimentId) {
        return createRun(new CreateRun(experimentId, null, null, System.currentTimeMillis(), Map.of()));
    }

    /** Creates a run in state RUNNING. */
    default Run createRun(CreateRun request) {
        return tracking().createRun(request);
    }

    /** Returns a run with its latest metrics, params, tags, inputs and outputs. */
    default Run getRun(String runId) {
        awaitStored(runId);
        return tracking().getRun(runId);
    }

    /** Returns the run that a run is nested in, if it is. */
    default Optional<Run> getParentRun(String runId) {
        String parent = getRun(runId).data().tags().get(MlflowTags.PARENT_RUN_ID);
        return parent == null ? Optional.empty() : Optional.of(getRun(parent));
    }

    /** Returns a page of the runs that a request describes. */
    default Page<Run> searchRuns(SearchRuns request) {
        awaitStored();
        return tracking().searchRuns(request);
    }

    /** Returns all runs that a request describes, lazily, page after page; limit the stream to stop early. */
    default Stream<Run> searchAllRuns(SearchRuns request) {
        return Paging.all(token -> searchRuns(request.withPageToken(token)));
    }

    /**
     * Changes what is given and leaves the rest.
     *
     * @param status the new state, or {@code null}
     * @param runName the new name, or {@code null}
     */
    default RunInfo updateRun(String runId, RunStatus status, String runName) {
        awaitStored(runId);
        return tracking().updateRun(runId, status, null, runName);
    }

    /** Ends a run as FINISHED, now. */
    default void setTerminated(String runId) {
        setTerminated(runId, RunStatus.FINISHED);
    }

    /** Ends a run, now. */
    default void setTerminated(String runId, RunStatus status) {
        setTerminated(runId, status, System.currentTimeMillis());
    }

    /**
     * Ends a run when all that was logged to it is stored. It is ended too when a part of that was refused, which is then
     * thrown.
     *
     * @param endTime milliseconds since the epoch
     */
    default void setTerminated(String runId, RunStatus status, long endTime) {
        MlflowException refusal = null;
        try {
            flush(runId);
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (MlflowException e) {
            refusal = e;
        }
        tracking().updateRun(runId, status, endTime, null);
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Marks a run as deleted. */
    default void deleteRun(String runId) {
        awaitStored(runId);
        tracking().deleteRun(runId);
    }

    /** Takes a deletion back. */
    default void restoreRun(String runId) {
        tracking().restoreRun(runId);
    }

    /** Logs a point of a metric for now and step 0. */
    default void logMetric(String runId, String key, double value) {
        logMetric(runId, key, value, 0);
    }

    /** Logs a point of a metric for now. */
    default void logMetric(String runId, String key, double value, long step) {
        logMetric(runId, new Metric(key, value, System.currentTimeMillis(), step));
    }

    /** Logs a point of a metric, which may name the logged model and the dataset that it belongs to. */
    void logMetric(String runId, Metric metric);

    /**
     * Logs a point of a metric within the call or behind it, whatever the settings say.
     *
     * @param synchronous whether the point, and all that was logged to the run before, is stored when this returns; else it is
     *     queued, see {@link MlflowClient}
     */
    void logMetric(String runId, Metric metric, boolean synchronous);

    /** Logs a param within the call or behind it, see {@link #logMetric(String, Metric, boolean)}. */
    void logParam(String runId, String key, String value, boolean synchronous);

    /** Sets a tag within the call or behind it, see {@link #logMetric(String, Metric, boolean)}. */
    void setTag(String runId, String key, String value, boolean synchronous);

    /** Logs a batch within the call or behind it, see {@link #logMetric(String, Metric, boolean)}. */
    void logBatch(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags, boolean synchronous);

    /** Logs a param. Throws {@code INVALID_PARAMETER_VALUE} if one of that key was logged with another value. */
    void logParam(String runId, String key, String value);

    /** Sets a tag, replacing one of the same key. */
    void setTag(String runId, String key, String value);

    /** Removes a tag. Throws {@code RESOURCE_DOES_NOT_EXIST} if the run has no such tag. */
    default void deleteTag(String runId, String key) {
        awaitStored(runId);
        tracking().deleteTag(runId, key);
    }

    /** Logs any number of items within the call, in requests of a size that MLflow takes. Not atomic beyond one request. */
    void logBatch(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags);

    /** Returns all points of a metric in the order timestamp, step, value; empty if the run has no such metric. */
    default List<Metric> getMetricHistory(String runId, String key) {
        List<Metric> points = new ArrayList<>();
        String token = null;
        do {
            Page<Metric> page = getMetricHistory(runId, key, HISTORY_PAGE, token);
            points.addAll(page.items());
            token = page.nextPageToken();
        } while (token != null);
        return points;
    }

    /** Returns a page of the same. */
    default Page<Metric> getMetricHistory(String runId, String key, int maxResults, String pageToken) {
        awaitStored(runId);
        return tracking().getMetricHistory(runId, key, maxResults, pageToken);
    }

    /** Records the datasets that a run used. A dataset is stored once for each (experiment, name, digest). */
    default void logInputs(String runId, List<DatasetInput> datasets) {
        tracking().logInputs(runId, datasets);
    }

    /** Records the datasets and the logged models that a run used. */
    default void logInputs(String runId, List<DatasetInput> datasets, List<ModelInput> models) {
        tracking().logInputs(runId, datasets, models);
    }

    /** Records the logged models that a run produced. */
    default void logOutputs(String runId, List<ModelOutput> models) {
        tracking().logOutputs(runId, models);
    }

    /**
     * Waits until the store has all that was logged to a run through this client.
     *
     * @throws StoreUnavailableException if the store does not answer; what was logged stays queued
     * @throws MlflowException if the store refused a part since the last time; the refused part is lost
     */
    void flush(String runId);

    /** Waits until the store has all that was logged through this client; see {@link #flush(String)}. */
    void flush();

    /**
     * Waits until nothing that was logged to a run is queued any more. What the store refused is left to be told by the next
     * {@link #flush(String)}, or by the end of the run.
     *
     * @throws StoreUnavailableException if the store does not answer; what was logged stays queued
     */
    void awaitStored(String runId);

    /** Waits until nothing that was logged through this client is queued any more; see {@link #awaitStored(String)}. */
    void awaitStored();
}
