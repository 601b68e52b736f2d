package io.sparkmlflow.udf;

import org.apache.spark.sql.catalyst.InternalRow;

/** Evaluates a model for several rows at once, in one thread. */
public interface BatchEvaluator {
    /**
     * Says whether a row can be evaluated together with those that were added since the last {@link #run}.
     *
     * @param arguments as for {@link #add}
     */
    boolean accepts(Object[] arguments);

    /**
     * Adds a row.
     *
     * @param arguments the inputs in the order of the program, in Catalyst's form; null for null; they are copied
     */
    void add(Object[] arguments);

    /** Returns the outputs for each row that was added since the last call, null for a row that has none. */
    InternalRow[] run();
}
