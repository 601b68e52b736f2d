package io.sparkmlflow.udf;

import java.io.Serializable;

/** A model as tasks get it: small, with the model itself in a broadcast. Public only because the code that Spark generates calls it. */
public interface ModelProgram extends Serializable {
    /** Makes what evaluates rows in one thread. */
    ModelEvaluator evaluator();

    /** Returns the number of the broadcast, by which programs are told apart. */
    long broadcastId();
}
