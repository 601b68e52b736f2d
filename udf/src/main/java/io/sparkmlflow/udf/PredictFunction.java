package io.sparkmlflow.udf;

import org.apache.spark.sql.Column;

/** A model as a function of columns. */
@FunctionalInterface
public interface PredictFunction {
    /**
     * Returns the column of the model's predictions.
     *
     * @param columns one struct, bound by the names of its fields, such as {@code struct(col("*"))}, or columns in the order
     *     of the model's signature
     */
    Column apply(Column... columns);
}
