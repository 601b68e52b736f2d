package io.sparkmlflow.mllib;

/** Where a logged model is kept. */
public enum LoggedModelMode {
    /**
     * In the run's artifacts, where Python's {@code mlflow.spark.log_model} puts it, and as a logged model of MLflow 3 with
     * files of its own. MLflow's page shows it with the run and on a page of the model's own. Where the server knows no logged
     * models, the run alone.
     */
    BOTH,

    /** As a logged model of MLflow 3 only, as Python's other flavors do: half the bytes. */
    LOGGED_MODEL,

    /** In the run's artifacts only, as Python's {@code mlflow.spark.log_model} does. */
    RUN
}
