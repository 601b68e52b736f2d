/**
 * The {@code spark} flavor: MLlib models as MLflow models.
 *
 * <p>Saves, logs and loads fitted pipelines in the folder format of Python's {@code mlflow.spark}. Depends on core and
 * Spark; it knows nothing of listeners, SQL functions or servers, and may not touch Spark's listener bus.
 */
package io.sparkmlflow.mllib;
