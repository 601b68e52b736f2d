package io.sparkmlflow.store.sql;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Rows for one table, many to a statement, because a statement costs as much as some rows do. Where the database takes
 * numbered parameters, a value that all rows of a statement have in common is handed over once.
 */
final class RowInserts implements AutoCloseable {
    /** What the driver sends ahead without waiting; more rows to a statement save nothing. */
    private static final int POSITIONAL_ROWS = 100;
    /** SQLite takes 32,766 parameters. */
    private static final int NUMBERED_PARAMETERS = 6_000;

    private final Session session;
    private final String head;
    private final int columns;
    private final String tail;
    private final boolean numbered;
    private final int rowsTogether;
    private final List<Object[]> pending = new ArrayList<>();
    private final Map<BitSet, Session.Batch> statements = new HashMap<>();

    /**
     * @param head what comes before the values, {@code INSERT INTO … (…)}
     * @param tail what comes after them, from {@link Dialect}
     */
    RowInserts(Session session, String head, int columns, String tail) {
        this.session = session;
        this.head = head;
        this.columns = columns;
        this.tail = tail;
        numbered = session.dialect().numbersParameters();
        rowsTogether = numbered ? NUMBERED_PARAMETERS / columns : POSITIONAL_ROWS;
    }

    void add(Object... row) throws SQLException {
        pending.add(row);
        if (pending.size() < rowsTogether) {
            return;
        }
        BitSet common = commonColumns();
        Session.Batch statement = statements.get(common);
        if (statement == null) {
            statement = session.batch(sql(common));
            statements.put(common, statement);
        }
        statement.add(arguments(common));
        pending.clear();
    }

    void execute() throws SQLException {
        for (Session.Batch statement : statements.values()) {
            statement.execute();
        }
        if (!pending.isEmpty()) {
            BitSet common = commonColumns();
            session.update(sql(common), arguments(common));
            pending.clear();
        }
    }

    /** Returns the columns in which the pending rows do not differ; none where parameters have no numbers. */
    private BitSet commonColumns() {
        BitSet common = new BitSet(columns);
        if (numbered) {
            Object[] first = pending.get(0);
            common.set(0, columns);
            for (Object[] row : pending) {
                for (int column = common.nextSetBit(0); column >= 0; column = common.nextSetBit(column + 1)) {
                    if (!Objects.equals(row[column], first[column])) {
                        common.clear(column);
                    }
                }
            }
        }
        return common;
    }

    private String sql(BitSet common) {
        if (!numbered) {
            String marks = Session.marks(columns);
            return head + " VALUES " + (marks + ", ").repeat(pending.size() - 1) + marks + tail;
        }
        StringBuilder sql = new StringBuilder(head).append(" VALUES ");
        int next = common.cardinality() + 1;
        for (int row = 0; row < pending.size(); row++) {
            int nextCommon = 1;
            for (int column = 0; column < columns; column++) {
                sql.append(column > 0 ? ", ?" : row > 0 ? ", (?" : "(?")
                        .append(common.get(column) ? nextCommon++ : next++);
            }
            sql.append(')');
        }
        return sql.append(tail).toString();
    }

    /** Returns the values in the order of the parameters: first what the rows have in common, then row by row. */
    private Object[] arguments(BitSet common) {
        int own = columns - common.cardinality();
        Object[] arguments = new Object[common.cardinality() + pending.size() * own];
        int next = 0;
        for (int column = common.nextSetBit(0); column >= 0; column = common.nextSetBit(column + 1)) {
            arguments[next++] = pending.get(0)[column];
        }
        for (Object[] row : pending) {
            for (int column = common.nextClearBit(0); column < columns; column = common.nextClearBit(column + 1)) {
                arguments[next++] = row[column];
            }
        }
        return arguments;
    }

    @Override
    public void close() throws SQLException {
        for (Session.Batch statement : statements.values()) {
            statement.close();
        }
    }
}
