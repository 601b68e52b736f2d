package io.sparkmlflow.udf;

import java.util.List;

/** What is known of MLlib's functions beyond their types. */
final class FusedFunctions {
    /** As read in Spark 4.1; others, such as MinMaxScalerModel and DCT, scale a dense vector where it is. */
    private static final List<String> READ_ONLY = List.of(
            "org.apache.spark.ml.PredictionModel$$Lambda",
            "org.apache.spark.ml.classification.",
            "org.apache.spark.ml.regression.",
            "org.apache.spark.ml.clustering.",
            "org.apache.spark.ml.feature.VectorAssembler$$Lambda",
            "org.apache.spark.ml.feature.StandardScalerModel",
            "org.apache.spark.ml.feature.MaxAbsScalerModel$$Lambda",
            "org.apache.spark.ml.feature.RobustScalerModel",
            "org.apache.spark.ml.feature.IDFModel$$Lambda",
            "org.apache.spark.ml.feature.PCAModel$$Lambda");

    private static final String ASSEMBLER = "org.apache.spark.ml.feature.VectorAssembler$$Lambda";

    private FusedFunctions() {}

    /**
     * Says whether a function of MLlib never writes into the vector that it is given. Between two stages Spark itself copies
     * every vector, so MLlib may write; where the vector is wanted a second time, such a function gets its own copy.
     */
    static boolean readOnly(Object function) {
        if (function instanceof FastFunction) {
            return true;
        }
        String name = function.getClass().getName();
        return READ_ONLY.stream().anyMatch(name::startsWith);
    }

    /** Says whether it is the function of a {@code VectorAssembler}. */
    static boolean assembles(Object function) {
        return function.getClass().getName().startsWith(ASSEMBLER);
    }
}
