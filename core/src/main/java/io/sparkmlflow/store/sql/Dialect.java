package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.search.Operator;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;

/** What differs between one kind of database and another. */
interface Dialect {
    /**
     * Reads the URI of a database.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if it is not one, or one that cannot be used
     */
    static Dialect of(String uri) {
        return switch (ServerUri.kindOf(uri)) {
            case "postgresql", "postgres" -> PostgresDialect.of(ServerUri.parse(uri));
            case "mysql", "mariadb" -> MySqlDialect.of(ServerUri.parse(uri));
            default -> SqliteDialect.of(uri);
        };
    }

    /** A column of a table as the database describes it. */
    record Column(String table, String name, boolean mandatory) {}

    /** Returns the URI for messages and for MLflow's command line, without credentials. */
    String uri();

    /** Returns what two stores on the same database, with the same credentials, have in common. Not for messages. */
    Object identity();

    /** Refuses a place where no database can be, before anything is opened or created there. */
    void checkLocation();

    /** Returns a source of connections, each set up as MLflow sets up its own. */
    DataSource dataSource();

    /** Returns the resource with the statements that make an empty database one of MLflow's. */
    String schemaResource();

    /** Sets what lasts for the life of a database, right before its tables are created. */
    void prepareNew(Connection connection) throws SQLException;

    /** Lets others who want to create the tables too wait until this transaction is over. */
    default void lockForCreation(Session session) throws SQLException {}

    /**
     * Returns whether tables are all there, or are somebody else's: not if there are none, and not if whoever creates them,
     * one by one, has not finished.
     */
    default boolean isComplete(List<String> tables) {
        return !tables.isEmpty();
    }

    /** Returns whether the database lets only one transaction write at a time, so that no row must be locked. */
    boolean hasOneWriter();

    /** Returns what makes a query lock the rows that it finds against other writers. */
    String rowLock();

    /** Returns whether a statement may name its parameters {@code ?1, ?2, …}, and one of them more than once. */
    default boolean numbersParameters() {
        return false;
    }

    void beginRead(Connection connection) throws SQLException;

    /** Begins a transaction that has the right to write from the start, so that it cannot fail halfway for want of it. */
    void beginWrite(Connection connection) throws SQLException;

    default void commit(Connection connection) throws SQLException {
        execute(connection, "COMMIT");
    }

    default void rollback(Connection connection) throws SQLException {
        execute(connection, "ROLLBACK");
    }

    /** Runs a statement that has no result. */
    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /**
     * Returns the end of an {@code INSERT} that leaves a row as it is if its key is there already.
     *
     * @param text a column of the key: the one with the user's text if there is one
     */
    default String orSkip(String text) {
        return " ON CONFLICT DO NOTHING";
    }

    /**
     * Returns the end of an {@code INSERT} that changes a row whose key is there already.
     *
     * @param key the columns of the primary key
     * @param text the one of them with the user's text
     * @param column what is given the new value
     */
    default String orReplace(String key, String text, String column) {
        return " ON CONFLICT (" + key + ") DO UPDATE SET " + column + " = excluded." + column;
    }

    /** Returns the end of an {@code INSERT} into {@code latest_metrics} that keeps the later of two points. */
    default String orReplaceEarlierPoint() {
        return " ON CONFLICT (\"key\", run_uuid) DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp,"
                + " step = excluded.step, is_nan = excluded.is_nan WHERE (excluded.step, excluded.timestamp, excluded.value)"
                + " > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)";
    }

    /**
     * Returns a comparison of a column with texts, by case but for {@link Operator#ILIKE}.
     *
     * @param marks one mark, or a list of them; if the comparison has them twice, the same values are given twice
     */
    default String compareTexts(String column, Operator operator, String marks) {
        return operator == Operator.ILIKE
                ? "lower(" + column + ") LIKE lower(" + marks + ")"
                : column + " " + operator.symbol() + " " + marks;
    }

    /** Returns the names of all tables that the database holds. */
    List<String> tables(Session session) throws SQLException;

    /** Returns the columns of all tables, by one query; mandatory ones must be given a value by who inserts. */
    List<Column> columns(Session session) throws SQLException;

    /**
     * Returns whether a transaction failed because of another one and may succeed if it is repeated.
     *
     * @param attempt how many times it has failed
     */
    boolean isWorthRepeating(SQLException failure, int attempt);

    /** Returns what to tell a caller about a failure of the database. */
    MlflowException explain(SQLException failure);
}
