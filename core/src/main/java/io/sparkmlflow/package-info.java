/**
 * MLflow on the JVM: {@link io.sparkmlflow.MlflowClient} and what it throws.
 *
 * <p>The module {@code core} is the MLflow domain: experiments, runs, registered models and artifacts, the MLmodel format, a
 * REST store and an embedded SQL store. It serves plain Java programs too, so it may not touch Spark, Scala or Hadoop, and
 * depends on no other module.
 */
package io.sparkmlflow;
