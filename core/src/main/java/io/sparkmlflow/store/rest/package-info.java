/**
 * The stores behind an {@code http(s)} tracking URI: MLflow's REST API 2.0, asked with the JDK's HTTP client.
 *
 * <p>{@link io.sparkmlflow.store.rest.RestClient} sends, repeats and gives up; {@link
 * io.sparkmlflow.store.rest.Repeat} says at each call site what may be sent twice. JSON is read and written by the
 * {@code …Json} classes, one for each noun.
 */
package io.sparkmlflow.store.rest;
