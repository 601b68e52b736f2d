/**
 * Lets Spark's own ML classes tell of every fit and evaluation: woven copies of a few of them are defined before Spark loads
 * the originals. Knows nothing of MLflow.
 */
package io.sparkmlflow.listener.weave;
