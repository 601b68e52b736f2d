/**
 * The interfaces behind which MLflow's backends lie, and the values that their calls take.
 *
 * <p>Every store gives the same answer to the same call: the embedded SQL store does what MLflow's own server does behind
 * its REST API, the REST store asks such a server. Failures are {@link io.sparkmlflow.MlflowException}s with MLflow's
 * error codes. Implementations are safe for use by several threads.
 */
package io.sparkmlflow.store;
