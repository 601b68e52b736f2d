package io.sparkmlflow.store.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The statements of one transaction. Used by one thread, and only while its transaction lasts. */
final class Session {
    /** What one list in an {@code IN (…)} may hold; every database takes that many. */
    static final int MAX_IN_LIST = 500;

    private final Connection connection;
    private final Dialect dialect;

    Session(Connection connection, Dialect dialect) {
        this.connection = connection;
        this.dialect = dialect;
    }

    /** Turns the current row into a value. */
    @FunctionalInterface
    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Does something with the current row. */
    @FunctionalInterface
    interface RowConsumer {
        void accept(ResultSet row) throws SQLException;
    }

    <T> List<T> list(String sql, RowReader<T> reader, Object... arguments) throws SQLException {
        List<T> found = new ArrayList<>();
        each(sql, row -> found.add(reader.read(row)), arguments);
        return found;
    }

    <T> Optional<T> find(String sql, RowReader<T> reader, Object... arguments) throws SQLException {
        return list(sql, reader, arguments).stream().findFirst();
    }

    void each(String sql, RowConsumer consumer, Object... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, arguments);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    consumer.accept(rows);
                }
            }
        }
    }

    /**
     * Keeps other writers from the rows that a query finds until this transaction is over. A database with one writer needs
     * no such lock.
     */
    void lock(String query, Object... arguments) throws SQLException {
        if (!dialect.hasOneWriter()) {
            each(query + dialect.rowLock(), row -> {}, arguments);
        }
    }

    Dialect dialect() {
        return dialect;
    }

    /**
     * Adds one row and returns the number that the database gave it.
     *
     * @param column the column with the number
     */
    long insert(String column, String sql, Object... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql, new String[] {column})) {
            bind(statement, arguments);
            statement.executeUpdate();
            try (ResultSet keys = statement.getGeneratedKeys()) {
                keys.next();
                return keys.getLong(1);
            }
        }
    }

    /** Returns how many rows were found to be changed. */
    int update(String sql, Object... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, arguments);
            return statement.executeUpdate();
        }
    }

    /** Prepares a statement that runs once for each {@link Batch#add}. */
    Batch batch(String sql) throws SQLException {
        return new Batch(connection.prepareStatement(sql));
    }

    /** Returns {@code (?, ?, …)} with {@code count} marks. */
    static String marks(int count) {
        return "(" + "?, ".repeat(count - 1) + "?)";
    }

    /** Cuts a list into pieces that fit an {@code IN (…)}. */
    static <T> List<List<T>> chunks(List<T> items) {
        List<List<T>> chunks = new ArrayList<>();
        for (int from = 0; from < items.size(); from += MAX_IN_LIST) {
            chunks.add(items.subList(from, Math.min(from + MAX_IN_LIST, items.size())));
        }
        return chunks;
    }

    static Long nullableLong(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    private static void bind(PreparedStatement statement, Object... arguments) throws SQLException {
        for (int i = 0; i < arguments.length; i++) {
            Object argument = arguments[i];
            if (argument instanceof Boolean flag) {
                statement.setBoolean(i + 1, flag);
            } else {
                statement.setObject(i + 1, argument);
            }
        }
    }

    /** Rows that are sent together. */
    static final class Batch implements AutoCloseable {
        private final PreparedStatement statement;
        private boolean empty = true;

        private Batch(PreparedStatement statement) {
            this.statement = statement;
        }

        void add(Object... arguments) throws SQLException {
            bind(statement, arguments);
            statement.addBatch();
            empty = false;
        }

        void execute() throws SQLException {
            if (!empty) {
                statement.executeBatch();
            }
        }

        @Override
        public void close() throws SQLException {
            statement.close();
        }
    }
}
