/**
 * MLflow's language for searches: filters such as {@code metrics.rmse < 1 AND tags.team = 'red'}, and {@code order_by}
 * clauses such as {@code metrics.rmse DESC}, read into small values that a store turns into a query.
 */
package io.sparkmlflow.search;
