/**
 * Turns Spark's own events into MLflow runs, params, metrics, datasets and models.
 *
 * <p>Three threads: Spark's bus thread copies facts into a bounded queue and does nothing else; the model saver runs the Spark
 * jobs that write a fitted model to a local folder; the sender talks to the store. Depends on core, mllib-flavor and Spark;
 * it may not touch the udf module, and nothing of it may fail, block or change the user's job.
 */
package io.sparkmlflow.listener;
