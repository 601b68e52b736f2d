/**
 * The nouns of MLflow as immutable values: what a {@link io.sparkmlflow.store.TrackingStore} or {@link
 * io.sparkmlflow.store.ModelRegistry} takes and returns, whichever store it is.
 *
 * <p>Times are milliseconds since the epoch. A component that may be absent is {@code null} and says so; maps and lists
 * are never {@code null} and cannot be changed.
 */
package io.sparkmlflow.entities;
