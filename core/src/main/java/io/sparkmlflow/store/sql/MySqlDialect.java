package io.sparkmlflow.store.sql;

import io.sparkmlflow.search.Operator;
import io.sparkmlflow.store.StoreUnavailableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import javax.sql.DataSource;

/**
 * MySQL and MariaDB, with InnoDB. Rows that are read to be changed are locked, everything else is left to the level
 * {@code READ COMMITTED}, in which each statement sees what is committed when it begins; a reader sees one state of the
 * database.
 *
 * <p>Which texts are the same is up to the collation, which most often ignores case. A filter compares by case, as MLflow's
 * does; names are unique to the collation; and a key that only the collation takes for another one is refused, so that it
 * does not overwrite that one's value.
 */
final class MySqlDialect extends ServerDialect {
    /** Names in double quotes, an experiment 0, and an error for what does not fit instead of a part of it. */
    private static final String SQL_MODE =
            "ANSI_QUOTES,NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION";

    private static final int LOCK_WAIT_SECONDS = 20;

    /** How long to wait for whoever else creates the tables. */
    private static final int CREATION_WAIT_SECONDS = 60;

    private static final String FIRST_TABLE = "workspaces";
    private static final String LAST_TABLE = "alembic_version";

    /** A deadlock, a lock that was not free in time, and a row that changed since it was first read. */
    private static final Set<Integer> CONFLICT = Set.of(1213, 1205, 1020);

    private static final int LOCK_WAIT_TIMEOUT = 1205;
    private static final int MAX_ATTEMPTS_AFTER_WAITING = 3;

    /** A row that another transaction has just inserted: the repetition finds it. If it does not, there is another reason. */
    private static final int TAKEN = 1062;

    /** What {@link #keep} makes of a key that is not the same as the one that is there. */
    private static final int NULL_IN_KEY = 1048;

    /** Access denied, to the server and by a user who may not connect in this way. */
    private static final Set<Integer> UNAUTHENTICATED = Set.of(1045, 1698, 1251);

    /** Access denied to the database, a table, a routine; a read-only server. */
    private static final Set<Integer> FORBIDDEN = Set.of(1044, 1142, 1143, 1227, 1290, 1370, 1419, 1836);

    /** Too many connections, a server that stops, and one that refuses this host for now. */
    private static final Set<Integer> UNAVAILABLE = Set.of(1040, 1053, 1129, 1203, 1226, 1927);

    private static final int UNKNOWN_DATABASE = 1049;

    private final Properties properties;

    private MySqlDialect(ServerUri uri, Properties properties) {
        super(uri);
        this.properties = properties;
    }

    static MySqlDialect of(ServerUri uri) {
        Properties properties = MySqlDriver.properties(uri);
        properties.setProperty(
                "sessionVariables",
                "sql_mode='" + SQL_MODE + "',innodb_lock_wait_timeout=" + LOCK_WAIT_SECONDS
                        + ",foreign_key_checks=1,unique_checks=1,autocommit=1");
        properties.setProperty("transactionIsolation", "READ-COMMITTED");
        return new MySqlDialect(uri, properties);
    }

    /** Only the server knows the place, but without a driver nobody can ask it. */
    @Override
    public void checkLocation() {
        MySqlDriver.find(server());
    }

    @Override
    public DataSource dataSource() {
        return new DriverDataSource(MySqlDriver.find(server()), MySqlDriver.url(server()), properties);
    }

    @Override
    public String schemaResource() {
        return "schema-mysql.sql";
    }

    /** The lock is the connection's, not the transaction's, which ends with the first table. */
    @Override
    public void lockForCreation(Session session) throws SQLException {
        boolean locked = session.find(
                        "SELECT GET_LOCK(SHA1(CONCAT('spark-mlflow ', DATABASE())), ?)",
                        row -> row.getInt(1) == 1,
                        CREATION_WAIT_SECONDS)
                .orElse(false);
        if (!locked) {
            throw new StoreUnavailableException(
                    "The database " + uri() + " is being created by another process, which was not done within "
                            + CREATION_WAIT_SECONDS + " s",
                    null);
        }
    }

    /** Tables are committed one by one, so a database that has our first one and not our last one is in the making. */
    @Override
    public boolean isComplete(List<String> tables) {
        return !tables.isEmpty() && (!tables.contains(FIRST_TABLE) || tables.contains(LAST_TABLE));
    }

    @Override
    public String rowLock() {
        return " FOR UPDATE";
    }

    @Override
    public void beginRead(Connection connection) throws SQLException {
        Dialect.execute(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        Dialect.execute(connection, "START TRANSACTION READ ONLY");
    }

    @Override
    public void beginWrite(Connection connection) throws SQLException {
        Dialect.execute(connection, "START TRANSACTION READ WRITE");
    }

    @Override
    public String orSkip(String text) {
        return " ON DUPLICATE KEY UPDATE " + keep(text);
    }

    @Override
    public String orReplace(String key, String text, String column) {
        return " ON DUPLICATE KEY UPDATE " + keep(text) + ", " + column + " = VALUES(" + column + ")";
    }

    /** Each assignment sees the ones before it, so a column is compared for the last time when it is assigned. */
    @Override
    public String orReplaceEarlierPoint() {
        return " ON DUPLICATE KEY UPDATE " + keep("\"key\"")
                + ", is_nan = IF((VALUES(step), VALUES(timestamp), VALUES(value)) > (step, timestamp, value),"
                + " VALUES(is_nan), is_nan)"
                + ", value = IF((VALUES(step), VALUES(timestamp), VALUES(value)) > (step, timestamp, value),"
                + " VALUES(value), value)"
                + ", timestamp = IF((VALUES(step), VALUES(timestamp)) > (step, timestamp), VALUES(timestamp), timestamp)"
                + ", step = IF(VALUES(step) > step, VALUES(step), step)";
    }

    /** Leaves a column of the key as it is, and fails if the new text is another one that the collation takes for it. */
    private static String keep(String text) {
        return text + " = IF(BINARY " + text + " = BINARY VALUES(" + text + "), " + text + ", NULL)";
    }

    /** As MLflow compares; the first half may find its rows in an index. */
    @Override
    public String compareTexts(String column, Operator operator, String marks) {
        String comparison = column + " " + operator.symbol() + " " + marks;
        return switch (operator) {
            case EQUAL, LIKE -> "(" + comparison + " AND BINARY " + comparison + ")";
            case NOT_EQUAL -> "(" + comparison + " OR BINARY " + comparison + ")";
            case IN, NOT_IN -> "BINARY " + comparison;
            default -> super.compareTexts(column, operator, marks);
        };
    }

    @Override
    public List<String> tables(Session session) throws SQLException {
        return session.list(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
                        + " AND table_type = 'BASE TABLE' ORDER BY table_name",
                row -> row.getString(1));
    }

    @Override
    public List<Column> columns(Session session) throws SQLException {
        return session.list(
                "SELECT table_name, column_name, is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE '%auto_increment%'"
                        + " AND extra NOT LIKE '%GENERATED%' FROM information_schema.columns"
                        + " WHERE table_schema = DATABASE()",
                row -> new Column(row.getString(1), row.getString(2), row.getBoolean(3)));
    }

    @Override
    public boolean isWorthRepeating(SQLException failure, int attempt) {
        int code = code(failure);
        return switch (code) {
            case LOCK_WAIT_TIMEOUT -> attempt < MAX_ATTEMPTS_AFTER_WAITING;
            case TAKEN -> attempt < MAX_ATTEMPTS_WHEN_TAKEN;
            default -> CONFLICT.contains(code);
        };
    }

    @Override
    Trouble troubleOf(SQLException failure) {
        int code = code(failure);
        String state = state(failure);
        if (UNAUTHENTICATED.contains(code)) {
            return Trouble.UNAUTHENTICATED;
        }
        if (code == UNKNOWN_DATABASE) {
            return Trouble.NO_DATABASE;
        }
        if (FORBIDDEN.contains(code)) {
            return Trouble.FORBIDDEN;
        }
        if (CONFLICT.contains(code)) {
            return Trouble.BUSY;
        }
        if (code == TAKEN || code == NULL_IN_KEY) {
            return Trouble.TAKEN_FOR_ANOTHER;
        }
        if (state.startsWith("08") || UNAVAILABLE.contains(code)) {
            return Trouble.UNREACHABLE;
        }
        return state.startsWith("22") || state.startsWith("23") ? Trouble.BAD_VALUES : Trouble.OTHER;
    }

    /** The failure of a batch, and of the pool that got no connection in time, have the server's as their cause. */
    private static int code(SQLException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException e && e.getErrorCode() > 0) {
                return e.getErrorCode();
            }
        }
        return 0;
    }
}
