package io.sparkmlflow.mllib;

/** Which of a model's outputs an inferred signature names. */
public enum SignatureOutputs {
    /** Every column that the model adds to its inputs. */
    ALL,

    /**
     * The column {@code prediction} alone: all that Python's {@code mlflow.pyfunc} returns from a Spark model, so that its
     * {@code spark_udf} finds a result type without being told one.
     */
    PREDICTION
}
