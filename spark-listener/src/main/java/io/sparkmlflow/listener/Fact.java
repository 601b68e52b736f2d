package io.sparkmlflow.listener;

import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.RunStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructField;

/** Something that happened and is to be told to the store. Made on the bus thread, told by the sender. */
sealed interface Fact {

    /** Returns whether this may be dropped when the queue is full. */
    default boolean isDroppable() {
        return false;
    }

    /** Frees what this fact holds outside memory, once it is told or given up. */
    default void discard() {}

    /**
     * The application started.
     *
     * @param time milliseconds since the epoch
     */
    record ApplicationStarted(String name, String user, long time, Map<String, String> params, Map<String, String> tags)
            implements Fact {}

    /**
     * Queries read or wrote data.
     *
     * @param targetRun the run that this is sent to, see {@link TargetRuns#find}, or {@code null}
     * @param queryRun the id that Spark gave the run of the streaming query that did it, or {@code null}
     */
    record DataUsed(String targetRun, String queryRun, List<DataUse> uses) implements Fact {
        DataUsed(String targetRun, List<DataUse> uses) {
            this(targetRun, null, uses);
        }

        @Override
        public boolean isDroppable() {
            return true;
        }
    }

    /**
     * An estimator, not itself a stage of another, began to fit.
     *
     * @param search what it tries, or {@code null} if it is no search
     * @param pythonSearch the search in Python that this is a part of, or {@code null}
     * @param dataset what it fits on, or {@code null} if that is not known
     * @param stagesBefore of a pipeline that Python fits, what was applied before its last estimator; else empty
     * @param targetRun the run that this is sent to, see {@link TargetRuns#find}, or {@code null}
     * @param batch the micro-batch of a streaming query that it is done for, or {@code null}
     */
    record FitStarted(
            String fitId,
            long time,
            EstimatorDescription estimator,
            SearchDescription search,
            PythonSearches.Part pythonSearch,
            Dataset<?> dataset,
            List<Transformer> stagesBefore,
            String targetRun,
            MicroBatch batch)
            implements Fact {}

    /**
     * That fit ended with a model.
     *
     * @param modelFollows whether a {@link ModelSaved} or {@link ModelLost} will come
     * @param values what the algorithms reported
     * @param foldMetrics the metrics of a search's candidates, by {@link SearchDescription.Candidate#key}
     * @param featuresColumn the column that the features were taken from, or {@code null} if that is not known
     */
    record FitEnded(
            String fitId,
            long time,
            Transformer model,
            boolean modelFollows,
            List<ReportedValue> values,
            Map<String, List<Double>> foldMetrics,
            StructField featuresColumn)
            implements Fact {}

    /** That fit failed. */
    record FitFailed(String fitId, long time, List<ReportedValue> values) implements Fact {}

    /**
     * An evaluator computed a value from a model's predictions.
     *
     * @param dataset the predictions; their plan knows the model
     * @param targetRun the run that this is sent to, see {@link TargetRuns#find}, or {@code null}
     * @param fitBefore the id of the last fit that ended on the same thread, or {@code null}
     * @param batch the micro-batch of a streaming query that it is done for, or {@code null}
     */
    record Evaluated(
            long time,
            EvaluatorDescription evaluator,
            Dataset<?> dataset,
            double value,
            String targetRun,
            String fitBefore,
            MicroBatch batch)
            implements Fact {}

    /**
     * A model that lies in a local folder.
     *
     * @param name under which it is to be logged
     */
    record SavedModel(String name, Path folder) {}

    /** The models of a fit lie in one local folder, ready to be uploaded and then deleted. The first one is to be registered. */
    record ModelSaved(String fitId, List<SavedModel> models) implements Fact {
        @Override
        public void discard() {
            TemporaryFolders.delete(models.get(0).folder().getParent());
        }
    }

    /** The model of a fit could not be saved. */
    record ModelLost(String fitId) implements Fact {}

    /**
     * How far the application's metrics have come, or what its stages took.
     *
     * @param points bounded, see {@link Thinning}
     */
    record MetricsSampled(List<Metric> points) implements Fact {
        @Override
        public boolean isDroppable() {
            return true;
        }
    }

    /** More is known of where the application comes from. */
    record TagsFound(Map<String, String> tags) implements Fact {}

    /**
     * A streaming query started.
     *
     * @param queryId its id, the same after a restart
     * @param runId Spark's id of what lasts until the query is stopped
     * @param name {@code null} if the user gave it none
     * @param time milliseconds since the epoch
     * @param targetRun the run that this is sent to, see {@link TargetRuns#find}, or {@code null}
     * @param uses what it reads and writes as a whole
     */
    record StreamStarted(
            String queryId,
            String runId,
            String name,
            long time,
            String targetRun,
            Map<String, String> params,
            List<DataUse> uses)
            implements Fact {
        StreamStarted sentTo(String run) {
            return new StreamStarted(queryId, runId, name, time, run, params, uses);
        }
    }

    /** More is known of a streaming query. */
    record StreamDescribed(String runId, Map<String, String> params) implements Fact {}

    /**
     * How far a streaming query has come.
     *
     * @param points bounded, see {@link StreamMetrics}
     */
    record StreamProgressed(String runId, List<Metric> points) implements Fact {
        @Override
        public boolean isDroppable() {
            return true;
        }
    }

    /**
     * A streaming query was stopped or failed.
     *
     * @param exception the first line of what it failed with, or {@code null} if it was stopped
     * @param errorClass Spark's class of that error, or {@code null}
     */
    record StreamEnded(
            String queryId, String runId, long time, String exception, String errorClass, List<Metric> totals)
            implements Fact {}

    /**
     * A client of Spark Connect opened a session.
     *
     * @param userId who it says it is, or {@code null}
     * @param time milliseconds since the epoch
     */
    record SessionStarted(String sessionId, String userId, long time) implements Fact {}

    /** A session of Spark Connect was closed. */
    record SessionEnded(String sessionId, long time) implements Fact {}

    /** The application ended. */
    record ApplicationEnded(long time, RunStatus status, List<Metric> totals) implements Fact {}
}
