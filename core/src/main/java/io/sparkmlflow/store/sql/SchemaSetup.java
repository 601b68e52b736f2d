package io.sparkmlflow.store.sql;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.store.sql.Dialect.Column;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure, when a database is opened, that it has MLflow's tables: creates them all if it has none, and otherwise only
 * looks, because migrating a database is MLflow's own business.
 *
 * <p>What is asked of a database is not one revision of MLflow but that every table we use has the columns we use and no
 * mandatory one that we would leave empty. So a database of another MLflow version works wherever it can.
 */
final class SchemaSetup {
    /** The columns that our statements name, by table. */
    private static final Map<String, List<String>> NEEDED = new TreeMap<>(Map.ofEntries(
            entry(
                    "experiments",
                    "experiment_id name artifact_location lifecycle_stage creation_time last_update_time workspace"),
            entry("experiment_tags", "key value experiment_id"),
            entry(
                    "runs",
                    "run_uuid name source_type source_name entry_point_name user_id status start_time end_time source_version"
                            + " lifecycle_stage artifact_uri experiment_id deleted_time"),
            entry("tags", "key value run_uuid"),
            entry("params", "key value run_uuid"),
            entry("metrics", "key value timestamp run_uuid step is_nan"),
            entry("latest_metrics", "key value timestamp step is_nan run_uuid"),
            entry(
                    "datasets",
                    "dataset_uuid experiment_id name digest dataset_source_type dataset_source dataset_schema dataset_profile"),
            entry("inputs", "input_uuid source_type source_id destination_type destination_id step"),
            entry("input_tags", "input_uuid name value"),
            entry(
                    "logged_models",
                    "model_id experiment_id name artifact_location creation_timestamp_ms last_updated_timestamp_ms status"
                            + " lifecycle_stage model_type source_run_id status_message"),
            entry("logged_model_params", "model_id experiment_id param_key param_value"),
            entry("logged_model_tags", "model_id experiment_id tag_key tag_value"),
            entry(
                    "logged_model_metrics",
                    "model_id metric_name metric_timestamp_ms metric_step metric_value experiment_id run_id dataset_uuid"
                            + " dataset_name dataset_digest"),
            entry("registered_models", "name creation_time last_updated_time description workspace"),
            entry("registered_model_tags", "key value name workspace"),
            entry("registered_model_aliases", "alias version name workspace"),
            entry(
                    "model_versions",
                    "name version creation_time last_updated_time description user_id current_stage source run_id status"
                            + " status_message run_link storage_location workspace"),
            entry("model_version_tags", "key value name version workspace")));

    private static final Logger LOG = LoggerFactory.getLogger(SchemaSetup.class);

    private final Dialect dialect;
    private final String artifactRoot;

    SchemaSetup(Dialect dialect, String artifactRoot) {
        this.dialect = dialect;
        this.artifactRoot = artifactRoot;
    }

    /** Throws {@link MlflowException}, with the database unchanged, if it cannot be used. */
    void run() {
        dialect.checkLocation();
        try (Connection connection = dialect.dataSource().getConnection()) {
            Session session = new Session(connection, dialect);
            if (!dialect.isComplete(dialect.tables(session))) {
                create(connection, session);
            }
            check(session);
            if (ExperimentsTable.lacksDefault(session)) {
                createDefaultExperiment(connection, session);
            }
        } catch (SQLException e) {
            throw dialect.explain(e);
        }
    }

    /** Creates everything; nothing if it fails, where a database can take tables back. Whoever comes second waits for the first and finds the work done. */
    private void create(Connection connection, Session session) throws SQLException {
        dialect.prepareNew(connection);
        inTransaction(connection, () -> {
            dialect.lockForCreation(session);
            List<String> tables = dialect.tables(session);
            if (tables.isEmpty()) {
                for (String statement : statements(dialect.schemaResource())) {
                    session.update(statement);
                }
                ExperimentsTable.insertDefault(session, artifactRoot, System.currentTimeMillis());
                LOG.info("Created the MLflow database {}", dialect.uri());
            } else if (!dialect.isComplete(tables)) {
                throw new MlflowException(
                        ErrorCode.INVALID_STATE,
                        "The database " + dialect.uri() + " holds only some of MLflow's tables: who created them was"
                                + " interrupted; drop the database, create it again, empty, and open it again");
            }
        });
    }

    /** A database that only MLflow's model registry has opened so far has no experiment yet. */
    private void createDefaultExperiment(Connection connection, Session session) throws SQLException {
        inTransaction(
                connection, () -> ExperimentsTable.insertDefault(session, artifactRoot, System.currentTimeMillis()));
    }

    @FunctionalInterface
    private interface Step {
        void run() throws SQLException;
    }

    private void inTransaction(Connection connection, Step step) throws SQLException {
        dialect.beginWrite(connection);
        boolean done = false;
        try {
            step.run();
            dialect.commit(connection);
            done = true;
        } finally {
            if (!done) {
                dialect.rollback(connection);
            }
        }
    }

    private void check(Session session) throws SQLException {
        Collection<String> tables = dialect.tables(session);
        if (NEEDED.keySet().stream().noneMatch(tables::contains)) {
            throw new MlflowException(
                    ErrorCode.INVALID_STATE,
                    "The database " + dialect.uri() + " holds tables ("
                            + tables.iterator().next() + ", …) but none of MLflow's; name another database");
        }
        Map<String, List<Column>> columns = new HashMap<>();
        for (Column column : dialect.columns(session)) {
            columns.computeIfAbsent(column.table(), table -> new ArrayList<>()).add(column);
        }
        for (Map.Entry<String, List<String>> needed : NEEDED.entrySet()) {
            String table = needed.getKey();
            if (!tables.contains(table)) {
                throw outdated("has no table " + table);
            }
            List<String> missing = new ArrayList<>(needed.getValue());
            for (Column column : columns.getOrDefault(table, List.of())) {
                missing.remove(column.name());
                if (column.mandatory() && !needed.getValue().contains(column.name())) {
                    throw new MlflowException(
                            ErrorCode.INVALID_STATE,
                            "The database " + dialect.uri() + " is of a newer MLflow: its table " + table
                                    + " wants a value for " + column.name()
                                    + ", which this version of spark-mlflow does not know; use a newer spark-mlflow or"
                                    + " another database");
                }
            }
            if (!missing.isEmpty()) {
                throw outdated("has no column " + missing.get(0) + " in its table " + table);
            }
        }
    }

    private MlflowException outdated(String what) {
        return new MlflowException(
                ErrorCode.INVALID_STATE,
                "The database " + dialect.uri() + " is of another MLflow than 3.17: it " + what
                        + "; back it up, then run 'mlflow db upgrade " + dialect.uri() + "'");
    }

    /** Reads the statements of a resource: each ends with a semicolon at the end of a line; lines of comment begin so. */
    static List<String> statements(String resource) {
        String text;
        try (InputStream in = SchemaSetup.class.getResourceAsStream(resource)) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the resource " + resource, e);
        }
        List<String> statements = new ArrayList<>();
        StringBuilder statement = new StringBuilder();
        for (String line : text.lines().toList()) {
            if (line.isBlank() || line.startsWith("--")) {
                continue;
            }
            statement.append(line).append('\n');
            if (line.endsWith(";")) {
                statements.add(statement.toString());
                statement.setLength(0);
            }
        }
        return statements;
    }

    private static Map.Entry<String, List<String>> entry(String table, String columns) {
        return Map.entry(table, List.of(columns.split(" ")));
    }
}
