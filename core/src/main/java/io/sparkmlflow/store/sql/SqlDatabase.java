package io.sparkmlflow.store.sql;

import com.zaxxer.hikari.HikariConfig;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A database with MLflow's tables and a pool of connections to it.
 *
 * <p>Where a database has one writer, those of this process queue up here instead of in the database, where waiting is
 * sleeping. Writers of other processes are waited for by the database.
 */
final class SqlDatabase implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SqlDatabase.class);
    private static final int MAX_CONNECTIONS = 8;
    private static final long IDLE_MILLIS = 60_000;
    // Enough for a deadlock of as many writers as the pools of two processes have.
    private static final int MAX_ATTEMPTS = 20;
    private static final int LONGEST_PAUSE_MILLIS = 500;

    private static final Map<Object, SqlDatabase> SHARED = new ConcurrentHashMap<>();

    private final Dialect dialect;
    private final QuietPool pool;
    private final ReentrantLock writers = new ReentrantLock(true);
    private final Object sharedAs;
    // Changed within SHARED's calls alone.
    private int users = 1;

    private SqlDatabase(Dialect dialect, Object sharedAs) {
        this.dialect = dialect;
        this.sharedAs = sharedAs;
        HikariConfig config = new HikariConfig();
        config.setPoolName("spark-mlflow " + dialect.uri());
        config.setDataSource(dialect.dataSource());
        config.setMaximumPoolSize(MAX_CONNECTIONS);
        config.setMinimumIdle(0);
        config.setIdleTimeout(IDLE_MILLIS);
        if (dialect.hasOneWriter()) {
            config.setMaxLifetime(0);
        }
        pool = new QuietPool(config);
    }

    /** What a transaction does. */
    @FunctionalInterface
    interface Work<T> {
        T run(Session session) throws SQLException;
    }

    /** What a transaction does, with nothing to return. */
    @FunctionalInterface
    interface Task {
        void run(Session session) throws SQLException;
    }

    /** Opens a database with a pool of its own. It is created, with experiment 0, if it is empty or not there. */
    static SqlDatabase open(String uri, String artifactRoot) {
        return open(Dialect.of(uri), artifactRoot, null);
    }

    /** The pool comes first: it opens no connection yet, and its classes load while the driver is being made ready. */
    private static SqlDatabase open(Dialect dialect, String artifactRoot, Object sharedAs) {
        SqlDatabase database = new SqlDatabase(dialect, sharedAs);
        boolean done = false;
        try {
            new SchemaSetup(dialect, artifactRoot).run();
            done = true;
            return database;
        } finally {
            if (!done) {
                database.pool.close();
            }
        }
    }

    /** Opens a database with one pool for all who hold it; the last one that closes it closes the pool. */
    static SqlDatabase openShared(String uri, String artifactRoot) {
        Dialect dialect = Dialect.of(uri);
        // Others wait only if they want the same database.
        return SHARED.compute(dialect.identity(), (identity, shared) -> {
            if (shared == null) {
                return open(dialect, artifactRoot, identity);
            }
            shared.users++;
            return shared;
        });
    }

    <T> T read(Work<T> work) {
        try (Connection connection = pool.getConnection()) {
            dialect.beginRead(connection);
            return finish(connection, work);
        } catch (SQLException e) {
            throw explain(e);
        }
    }

    <T> T write(Work<T> work) {
        if (dialect.hasOneWriter()) {
            writers.lock();
        }
        try {
            return repeat(work);
        } catch (SQLException e) {
            throw explain(e);
        } finally {
            if (dialect.hasOneWriter()) {
                writers.unlock();
            }
        }
    }

    /** Runs a transaction again as long as another one is the only reason why it failed. */
    private <T> T repeat(Work<T> work) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try (Connection connection = pool.getConnection()) {
                dialect.beginWrite(connection);
                return finish(connection, work);
            } catch (SQLException e) {
                if (attempt == MAX_ATTEMPTS || !dialect.isWorthRepeating(e, attempt)) {
                    throw e;
                }
                LOG.debug("Repeating a transaction on {}: {}", dialect.uri(), e.getMessage());
            }
            pause(attempt);
        }
    }

    /** Waits a random time, so that those who met do not meet again. */
    private static void pause(int attempt) {
        int longest = Math.min(LONGEST_PAUSE_MILLIS, 10 << Math.min(attempt, 10));
        LockSupport.parkNanos(
                TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextInt(longest)));
    }

    void change(Task task) {
        write(session -> {
            task.run(session);
            return null;
        });
    }

    private <T> T finish(Connection connection, Work<T> work) throws SQLException {
        boolean done = false;
        try {
            T result = work.run(new Session(connection, dialect));
            dialect.commit(connection);
            done = true;
            return result;
        } finally {
            if (!done) {
                rollback(connection);
            }
        }
    }

    /** The failure that led here is the one to tell; a connection that cannot even roll back is thrown away. */
    private void rollback(Connection connection) {
        try {
            dialect.rollback(connection);
        } catch (SQLException e) {
            LOG.debug("Could not roll back on {}", dialect.uri(), e);
            pool.evictConnection(connection);
        }
    }

    private MlflowException explain(SQLException failure) {
        if (pool.isClosed()) {
            return new MlflowException(
                    ErrorCode.INVALID_STATE,
                    "The store " + dialect.uri() + " was closed and takes no more calls",
                    failure);
        }
        return dialect.explain(failure);
    }

    Dialect dialect() {
        return dialect;
    }

    String uri() {
        return dialect.uri();
    }

    @Override
    public void close() {
        if (sharedAs == null) {
            pool.close();
            return;
        }
        SHARED.computeIfPresent(sharedAs, (identity, shared) -> {
            if (shared != this) {
                return shared;
            }
            users--;
            if (users > 0) {
                return this;
            }
            pool.close();
            return null;
        });
    }
}
