package io.sparkmlflow.udf;

import java.util.List;
import org.apache.spark.api.python.PythonBroadcast;
import org.apache.spark.api.python.SimplePythonFunction;
import org.apache.spark.broadcast.Broadcast;

/** The Python in which a model's workers run. */
interface WorkerPython {
    /**
     * Makes a function for Spark's workers.
     *
     * @param command what {@link PythonCommand} made
     * @param broadcasts what is sent along
     */
    SimplePythonFunction function(byte[] command, List<Broadcast<PythonBroadcast>> broadcasts);
}
