package io.sparkmlflow.udf;

import org.apache.spark.sql.catalyst.InternalRow;

/** Evaluates a model in one thread. Public only because the code that Spark generates calls it. */
public interface ModelEvaluator {
    /**
     * Returns the outputs for the inputs of one row, both in Catalyst's form.
     *
     * @param arguments the inputs in the order of the program; null for null
     * @return the outputs; null for a row that has none
     */
    InternalRow row(Object[] arguments);
}
