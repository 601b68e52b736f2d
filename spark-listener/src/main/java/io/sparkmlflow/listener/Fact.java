package io.sparkmlflow.listener;

import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.RunStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.execution.QueryExecution;

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

    /** A query ran: its plan says what was read. */
    record QueryEnded(QueryExecution execution) implements Fact {
        @Override
        public boolean isDroppable() {
            return true;
        }
    }

    /** An estimator, not itself a stage of another, began to fit. */
    record FitStarted(String fitId, long time, EstimatorDescription estimator, Dataset<?> dataset) implements Fact {}

    /** That fit ended with a model; {@code modelFollows} says whether a {@link ModelSaved} or {@link ModelLost} will come. */
    record FitEnded(String fitId, long time, Transformer model, boolean modelFollows) implements Fact {}

    /** The model of a fit lies in a local folder, ready to be uploaded and then deleted. */
    record ModelSaved(String fitId, Path folder) implements Fact {
        @Override
        public void discard() {
            TemporaryFolders.delete(folder.getParent());
        }
    }

    /** The model of a fit could not be saved. */
    record ModelLost(String fitId) implements Fact {}

    /** The application ended. */
    record ApplicationEnded(long time, RunStatus status, List<Metric> totals) implements Fact {}
}
