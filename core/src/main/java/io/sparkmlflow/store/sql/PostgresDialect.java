package io.sparkmlflow.store.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sparkmlflow.MlflowException;
import java.net.URLEncoder;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.postgresql.Driver;
import org.postgresql.ssl.DefaultJavaSSLFactory;

/**
 * PostgreSQL, in the schema that comes first on the search path. Rows that are read to be changed are locked, everything
 * else is left to the level {@code READ COMMITTED}, which is what MLflow writes with; a reader sees one state of the
 * database.
 */
final class PostgresDialect extends ServerDialect {
    private static final int DEFAULT_PORT = 5432;

    /** All who create tables take this advisory lock; the number means nothing. */
    private static final long CREATION_LOCK = 0x6d6c666c6f77L;

    /** Options of libpq that a URI may have, and what pgjdbc calls them. */
    private static final Map<String, String> OPTIONS = Map.ofEntries(
            Map.entry("sslmode", "sslmode"),
            Map.entry("sslrootcert", "sslrootcert"),
            Map.entry("sslcert", "sslcert"),
            Map.entry("sslkey", "sslkey"),
            Map.entry("channel_binding", "channelBinding"),
            Map.entry("gssencmode", "gssEncMode"),
            Map.entry("connect_timeout", "connectTimeout"),
            Map.entry("application_name", "ApplicationName"),
            Map.entry("options", "options"));

    /** A deadlock, and a snapshot that another transaction outdated. */
    private static final Set<String> CONFLICT = Set.of("40001", "40P01");

    /** A row that another transaction has just inserted: the repetition finds it. If it does not, there is another reason. */
    private static final String TAKEN = "23505";

    /** Too many connections, and a server that starts, stops, or ended this connection. */
    private static final Set<String> UNAVAILABLE = Set.of("53300", "57P01", "57P02", "57P03");

    private static final Driver DRIVER = new Driver();

    static {
        // The copy in the bundle takes the same URLs as the user's own driver and must not come in its way.
        if (Driver.class.getName().startsWith("io.sparkmlflow.") && Driver.isRegistered()) {
            try {
                Driver.deregister();
            } catch (SQLException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    private final Properties properties;

    private PostgresDialect(ServerUri uri, Properties properties) {
        super(uri);
        this.properties = properties;
    }

    static PostgresDialect of(ServerUri uri) {
        return of(uri, ServerUri.ANSWER_TIMEOUT);
    }

    /** @param answer how long the server may say nothing, in whole seconds */
    static PostgresDialect of(ServerUri uri, Duration answer) {
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", "spark-mlflow");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("connectTimeout", Long.toString(ServerUri.CONNECT_TIMEOUT.toSeconds()));
        properties.setProperty("socketTimeout", Long.toString(answer.toSeconds()));
        uri.options().forEach((option, value) -> {
            if (!OPTIONS.containsKey(option)) {
                throw MlflowException.invalidParameter("The database URI " + uri.withoutCredentials()
                        + " has the option '" + option + "'; supported are " + new TreeSet<>(OPTIONS.keySet()));
            }
            if (option.equals("sslrootcert") && value.equals("system")) {
                properties.setProperty("sslfactory", DefaultJavaSSLFactory.class.getName());
            } else {
                properties.setProperty(OPTIONS.get(option), value);
            }
        });
        if (uri.user() != null) {
            properties.setProperty("user", uri.user());
        }
        if (uri.password() != null) {
            properties.setProperty("password", uri.password());
        }
        return new PostgresDialect(uri, properties);
    }

    @Override
    public void checkLocation() {
        // Only the server knows.
    }

    @Override
    public DataSource dataSource() {
        ServerUri uri = server();
        String host = uri.host().contains(":") ? "[" + uri.host() + "]" : uri.host();
        int port = uri.port() == null ? DEFAULT_PORT : uri.port();
        String database = URLEncoder.encode(uri.database(), UTF_8).replace("+", "%20");
        return new DriverDataSource(DRIVER, "jdbc:postgresql://" + host + ":" + port + "/" + database, properties);
    }

    @Override
    public String schemaResource() {
        return "schema-postgresql.sql";
    }

    @Override
    public void lockForCreation(Session session) throws SQLException {
        session.each("SELECT pg_advisory_xact_lock(?)", row -> {}, CREATION_LOCK);
    }

    /** Rows that refer to the locked one can still be added: a metric to a run whose tags are changed. */
    @Override
    public String rowLock() {
        return " FOR NO KEY UPDATE";
    }

    @Override
    public void beginRead(Connection connection) throws SQLException {
        Dialect.execute(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }

    @Override
    public void beginWrite(Connection connection) throws SQLException {
        Dialect.execute(connection, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
    }

    @Override
    public List<String> tables(Session session) throws SQLException {
        return session.list(
                "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY c.relname",
                row -> row.getString(1));
    }

    @Override
    public List<Column> columns(Session session) throws SQLException {
        return session.list(
                "SELECT c.relname, a.attname, a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS mandatory"
                        + " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
                        + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped",
                row -> new Column(row.getString(1), row.getString(2), row.getBoolean(3)));
    }

    @Override
    public boolean isWorthRepeating(SQLException failure, int attempt) {
        String state = state(failure);
        return CONFLICT.contains(state) || (state.equals(TAKEN) && attempt < MAX_ATTEMPTS_WHEN_TAKEN);
    }

    @Override
    Trouble troubleOf(SQLException failure) {
        String state = state(failure);
        if (state.startsWith("28") || state.equals("08004")) {
            return Trouble.UNAUTHENTICATED;
        }
        if (state.startsWith("08") || UNAVAILABLE.contains(state)) {
            return Trouble.UNREACHABLE;
        }
        if (state.equals("3D000")) {
            return Trouble.NO_DATABASE;
        }
        if (state.equals("42501") || state.equals("25006")) {
            return Trouble.FORBIDDEN;
        }
        if (CONFLICT.contains(state)) {
            return Trouble.BUSY;
        }
        return state.startsWith("22") || state.startsWith("23") ? Trouble.BAD_VALUES : Trouble.OTHER;
    }
}
