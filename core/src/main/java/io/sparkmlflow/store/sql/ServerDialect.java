package io.sparkmlflow.store.sql;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.store.StoreUnavailableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;

/** What databases behind a server have in common: many writers, and many ways to refuse. */
abstract class ServerDialect implements Dialect {
    /** How often a transaction is repeated when it finds a name taken: by a row that another one has just inserted, or for good. */
    static final int MAX_ATTEMPTS_WHEN_TAKEN = 5;

    private final ServerUri uri;

    ServerDialect(ServerUri uri) {
        this.uri = uri;
    }

    /** Why a server fails. */
    enum Trouble {
        UNAUTHENTICATED,
        UNREACHABLE,
        NO_DATABASE,
        FORBIDDEN,
        BUSY,
        TAKEN_FOR_ANOTHER,
        BAD_VALUES,
        OTHER
    }

    /** Returns why the server failed. */
    abstract Trouble troubleOf(SQLException failure);

    final ServerUri server() {
        return uri;
    }

    @Override
    public final String uri() {
        return uri.withoutCredentials();
    }

    @Override
    public final Object identity() {
        return uri;
    }

    @Override
    public final void prepareNew(Connection connection) {
        // Nothing lasts beyond the tables.
    }

    @Override
    public final boolean hasOneWriter() {
        return false;
    }

    @Override
    public final MlflowException explain(SQLException failure) {
        String database = "The database " + uri();
        String why = failure.getMessage();
        return switch (troubleOf(failure)) {
            case UNAUTHENTICATED ->
                new MlflowException(
                        ErrorCode.UNAUTHENTICATED,
                        database + " refused the user or the password; check them in the URI: " + why,
                        failure);
            case UNREACHABLE -> new StoreUnavailableException(database + " cannot be reached: " + why, failure);
            case NO_DATABASE ->
                new MlflowException(
                        ErrorCode.INVALID_PARAMETER_VALUE,
                        "There is no database " + uri() + "; create it first, empty, or name another one",
                        failure);
            case FORBIDDEN ->
                new MlflowException(
                        ErrorCode.PERMISSION_DENIED,
                        database + " does not allow this user what MLflow needs: " + why,
                        failure);
            case BUSY -> new StoreUnavailableException(database + " is too busy with other writers: " + why, failure);
            case TAKEN_FOR_ANOTHER ->
                new MlflowException(
                        ErrorCode.BAD_REQUEST,
                        database
                                + " refused the values: a name or a key differs from one that is there only in what the"
                                + " database's collation ignores, such as case, accents or spaces at the end; take another"
                                + " one, or a database with a collation such as utf8mb4_bin: " + why,
                        failure);
            case BAD_VALUES ->
                new MlflowException(ErrorCode.BAD_REQUEST, database + " refused the values: " + why, failure);
            case OTHER -> new MlflowException(ErrorCode.INTERNAL_ERROR, database + " failed: " + why, failure);
        };
    }

    /** Returns the SQL state. The pool's own failure, when it got no connection in time, has the driver's as its cause. */
    static String state(SQLException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException e && e.getSQLState() != null) {
                return e.getSQLState();
            }
        }
        return failure instanceof SQLTransientConnectionException ? "08000" : "";
    }
}
