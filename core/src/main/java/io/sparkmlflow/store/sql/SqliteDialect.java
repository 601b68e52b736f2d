package io.sparkmlflow.store.sql;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.store.StoreUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * SQLite, in a file. Connections stay in the driver's auto-commit mode and transactions are begun in SQL, because the
 * driver's own mode begins the next transaction right after a commit, and would keep the write lock.
 */
final class SqliteDialect implements Dialect {
    /** How long MLflow waits for another process to finish writing. */
    static final int BUSY_TIMEOUT_MILLIS = 20_000;

    private static final Logger LOG = LoggerFactory.getLogger(SqliteDialect.class);

    // As SQLAlchemy has it: three slashes, then the path; so an absolute path makes four. A driver name may follow
    // "sqlite".
    private static final Pattern URI = Pattern.compile("sqlite(?:\\+\\w+)?:///(.+)");

    private final String uri;
    private final Path file;

    private SqliteDialect(String uri, Path file) {
        this.uri = uri;
        this.file = file;
    }

    /**
     * Reads {@code sqlite:///relative/path.db} or {@code sqlite:////absolute/path.db}.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if it is something else
     */
    static SqliteDialect of(String uri) {
        Matcher matcher = URI.matcher(uri);
        if (!matcher.matches()) {
            throw MlflowException.invalidParameter("Invalid database URI '" + uri
                    + "': expected sqlite:///relative/path.db or sqlite:////absolute/path.db");
        }
        String path = matcher.group(1);
        if (path.startsWith(":memory:") || path.contains("?")) {
            throw MlflowException.invalidParameter("Invalid database URI '" + uri
                    + "': only a file is supported, without options; for example sqlite:///mlflow.db");
        }
        return new SqliteDialect(uri, Path.of(path).toAbsolutePath().normalize());
    }

    Path file() {
        return file;
    }

    @Override
    public String uri() {
        return uri;
    }

    @Override
    public Object identity() {
        try {
            Path folder = file.getParent();
            return "sqlite:" + (folder == null ? file : folder.toRealPath().resolve(file.getFileName()));
        } catch (IOException e) {
            return "sqlite:" + file;
        }
    }

    @Override
    public void checkLocation() {
        Path folder = file.getParent();
        if (Files.isDirectory(file)) {
            throw MlflowException.invalidParameter(
                    "Cannot open the database " + file + ": it is a directory; name a file in it, such as mlflow.db");
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw MlflowException.invalidParameter(
                    "Cannot open the database " + file + ": there is no folder " + folder + "; create it first");
        }
        if (!Files.isWritable(folder)) {
            throw new MlflowException(
                    ErrorCode.PERMISSION_DENIED,
                    "Cannot open the database " + file + ": the folder " + folder
                            + " is not writable for this process; allow writing or name another folder");
        }
        if (Files.exists(file) && !Files.isWritable(file)) {
            throw new MlflowException(
                    ErrorCode.PERMISSION_DENIED,
                    "Cannot open the database " + file + ": the file is not writable for this process");
        }
        checkHeader();
    }

    /** The driver would tell so too, but only after it has touched the file. */
    private void checkHeader() {
        try {
            if (Files.exists(file) && Files.size(file) > 0) {
                byte[] expected = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
                try (InputStream in = Files.newInputStream(file)) {
                    if (!Arrays.equals(in.readNBytes(expected.length), expected)) {
                        throw notADatabase(null);
                    }
                }
            }
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.PERMISSION_DENIED, "Cannot read the database " + file + ": " + e.getMessage(), e);
        }
    }

    private MlflowException notADatabase(SQLException cause) {
        return new MlflowException(
                ErrorCode.INVALID_STATE,
                "Cannot open the database " + file
                        + ": the file is not a SQLite database, or it is damaged; name another file",
                cause);
    }

    @Override
    public DataSource dataSource() {
        SqliteLibrary.prepare();
        SQLiteConfig config = new SQLiteConfig();
        config.enforceForeignKeys(true);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        config.enableCaseSensitiveLike(true);
        SQLiteDataSource dataSource = new SQLiteDataSource(config) {
            @Override
            public SQLiteConnection getConnection(String user, String password) throws SQLException {
                SqliteLibrary.await();
                return super.getConnection(user, password);
            }
        };
        dataSource.setUrl("jdbc:sqlite:" + file);
        return dataSource;
    }

    @Override
    public String schemaResource() {
        return "schema-sqlite.sql";
    }

    /** Readers and the writer of a write-ahead log do not wait for each other. A file that exists keeps the mode it has. */
    @Override
    public void prepareNew(Connection connection) throws SQLException {
        try {
            Dialect.execute(connection, "PRAGMA journal_mode = WAL");
        } catch (SQLException e) {
            if (!isBusy(e)) {
                throw e;
            }
            LOG.debug("Another process is creating {} too; it chooses the journal mode", file);
        }
    }

    @Override
    public boolean hasOneWriter() {
        return true;
    }

    @Override
    public String rowLock() {
        return "";
    }

    @Override
    public boolean numbersParameters() {
        return true;
    }

    @Override
    public void beginRead(Connection connection) throws SQLException {
        Dialect.execute(connection, "BEGIN");
    }

    @Override
    public void beginWrite(Connection connection) throws SQLException {
        Dialect.execute(connection, "BEGIN IMMEDIATE");
    }

    @Override
    public List<String> tables(Session session) throws SQLException {
        return session.list(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                row -> row.getString(1));
    }

    @Override
    public List<Column> columns(Session session) throws SQLException {
        // A lone integer primary key is SQLite's row id, which it counts itself.
        return session.list(
                "SELECT t.name, c.name, c.\"notnull\" = 1 AND c.dflt_value IS NULL AND c.hidden = 0"
                        + " AND NOT (c.pk = 1 AND c.type = 'INTEGER')"
                        + " FROM sqlite_master t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table'",
                row -> new Column(row.getString(1), row.getString(2), row.getBoolean(3)));
    }

    /** A writer holds the lock from the start, and waits for it in the database. */
    @Override
    public boolean isWorthRepeating(SQLException failure, int attempt) {
        return false;
    }

    @Override
    public MlflowException explain(SQLException failure) {
        SQLiteErrorCode code = failure instanceof SQLiteException e ? e.getResultCode() : null;
        // The low byte is the kind of failure, the rest says more about it.
        int kind = code == null ? -1 : code.code & 0xff;
        if (kind == SQLiteErrorCode.SQLITE_BUSY.code || kind == SQLiteErrorCode.SQLITE_LOCKED.code) {
            return new StoreUnavailableException(
                    "The database " + file + " is locked by another process and was not free within "
                            + BUSY_TIMEOUT_MILLIS / 1000 + " s",
                    failure);
        }
        if (kind == SQLiteErrorCode.SQLITE_NOTADB.code || kind == SQLiteErrorCode.SQLITE_CORRUPT.code) {
            return notADatabase(failure);
        }
        if (kind == SQLiteErrorCode.SQLITE_CONSTRAINT.code) {
            return new MlflowException(
                    ErrorCode.BAD_REQUEST,
                    "The database " + file + " refused the values: " + failure.getMessage(),
                    failure);
        }
        return new MlflowException(
                ErrorCode.INTERNAL_ERROR, "The database " + file + " failed: " + failure.getMessage(), failure);
    }

    private static boolean isBusy(SQLException failure) {
        return failure instanceof SQLiteException e
                && (e.getResultCode().code & 0xff) == SQLiteErrorCode.SQLITE_BUSY.code;
    }
}
