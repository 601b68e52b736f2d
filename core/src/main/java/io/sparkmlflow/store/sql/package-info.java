/**
 * The embedded store: experiments, runs, logged models and registered models in a SQL database, with MLflow's own tables,
 * so that Python's MLflow opens what we wrote and we open what it wrote.
 *
 * <p>{@link io.sparkmlflow.store.sql.SqlStores} opens stores. A store checks what it is given (texts as MLflow's server),
 * then does one transaction through its {@code SqlDatabase}; each {@code …Table} class knows the SQL of one noun. What
 * differs between databases is behind {@code Dialect}.
 */
package io.sparkmlflow.store.sql;
