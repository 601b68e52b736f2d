package io.sparkmlflow.listener;

import io.sparkmlflow.model.ModelSignature;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The input example of a model that was fitted: the first rows of what it was fitted on. */
final class TrainingExample {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingExample.class);

    /** As many as Python's autolog takes. */
    private static final int ROWS = 5;

    private TrainingExample() {}

    /**
     * Returns the rows in a frame of their own; empty if there are none, or they cannot be computed, which must not cost the model.
     * Runs Spark jobs.
     *
     * @param signature what the model takes: these columns alone are kept; {@code null} keeps all
     */
    static Optional<Dataset<Row>> of(Dataset<?> trainingData, ModelSignature signature) {
        Dataset<Row> data = trainingData.toDF();
        if (signature != null && !signature.inputNames().isEmpty()) {
            data = data.select(signature.inputNames().stream()
                    .map(name -> functions.col("`" + name.replace("`", "``") + "`"))
                    .toArray(Column[]::new));
        }
        try {
            List<Row> rows = data.takeAsList(ROWS);
            return rows.isEmpty()
                    ? Optional.empty()
                    : Optional.of(data.sparkSession().createDataFrame(rows, data.schema()));
        } catch (Exception e) { // Scala code throws checked exceptions that it does not declare
            LOG.info("A model is logged without an input example: its training data cannot be read ({})", e.toString());
            return Optional.empty();
        }
    }
}
