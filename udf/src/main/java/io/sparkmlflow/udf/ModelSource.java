package io.sparkmlflow.udf;

import java.io.IOException;
import java.util.List;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.SparkSession;

/** Where the models of a function come from. Implementations are safe for use by several threads. */
public interface ModelSource {
    /**
     * Returns the fixed address of the model that {@code uri} stands for now: the version behind an alias, or the URI
     * itself. Asked each time that a query is analyzed, so it must be quick; models are cached by its answer.
     *
     * @param uri the URI as the user wrote it
     * @throws IOException if the registry can't be asked
     */
    default String resolve(SparkSession spark, String uri) throws IOException {
        return uri;
    }

    /**
     * Names the stores that a session asks, in which a resolved URI means something: the same artifact path may be another
     * model on another server.
     */
    default String store(SparkSession spark) {
        return "";
    }

    /**
     * Loads a model.
     *
     * @param resolvedUri an answer of {@link #resolve}
     * @throws IOException if the model can't be read
     */
    LoadedModel load(SparkSession spark, String resolvedUri) throws IOException;

    /** Returns a source whose URIs are folders that {@code PipelineModel.save} wrote. */
    static ModelSource pipelineFolders() {
        return (spark, uri) -> new LoadedModel(PipelineModel.load(uri), uri, List.of());
    }
}
