package io.sparkmlflow.udf;

import java.io.Serializable;

/** A model as tasks get it: small, with the model itself in a broadcast. Public only because the code that Spark generates calls it. */
public interface ModelProgram extends Serializable {
    /** Makes what evaluates rows in one thread. */
    ModelEvaluator evaluator();

    /** Says whether it is better given several rows at once. */
    default boolean takesBatches() {
        return false;
    }

    /**
     * Makes what evaluates several rows at once, in one thread.
     *
     * @param mostRows how many at most
     */
    default BatchEvaluator batches(int mostRows) {
        throw new UnsupportedOperationException("This model is evaluated row by row");
    }

    /** Returns the number of the broadcast, by which programs are told apart. */
    long broadcastId();
}
