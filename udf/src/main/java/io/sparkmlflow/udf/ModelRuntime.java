package io.sparkmlflow.udf;

import io.sparkmlflow.model.ParamSpec;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** What runs a model of another flavor than {@code spark}. Safe for use by several threads. */
interface ModelRuntime {
    /** Lets a session plan calls of the model as is best for it. */
    default void prepare(SparkSession spark) {}

    /** Returns the params that the model's signature has. */
    List<ParamSpec> params();

    /**
     * Binds the model to the columns of a call.
     *
     * @param uri what messages call the model
     * @param given the names and types of what the call gives; more columns than the model needs may be there
     * @param params what the call sets, already checked
     * @throws ModelExpressionException if a column is missing or has a type that the model doesn't take
     */
    ModelFunction function(SparkSession spark, String uri, StructType given, Map<String, Object> params);

    /** Returns how many bytes the driver holds for the tasks that call the model. */
    long bytes();

    /** Frees what it holds on the executors. It still works afterwards. */
    void release();
}
