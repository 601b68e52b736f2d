package io.sparkmlflow.store.sql;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Rows for one table, a hundred to a statement, because a statement costs as much as a row or two. */
final class RowInserts implements AutoCloseable {
    static final int ROWS = 100;

    private final Session session;
    private final String head;
    private final int columns;
    private final String tail;
    private final List<Object> pending = new ArrayList<>();
    private Session.Batch hundreds;

    /**
     * @param head what comes before the values, {@code INSERT INTO … (…)}
     * @param tail what comes after them, from {@link Dialect}
     */
    RowInserts(Session session, String head, int columns, String tail) {
        this.session = session;
        this.head = head;
        this.columns = columns;
        this.tail = tail;
    }

    void add(Object... row) throws SQLException {
        pending.addAll(List.of(row));
        if (pending.size() == ROWS * columns) {
            if (hundreds == null) {
                hundreds = session.batch(sql(ROWS));
            }
            hundreds.add(pending.toArray());
            pending.clear();
        }
    }

    void execute() throws SQLException {
        if (hundreds != null) {
            hundreds.execute();
        }
        if (!pending.isEmpty()) {
            session.update(sql(pending.size() / columns), pending.toArray());
            pending.clear();
        }
    }

    private String sql(int rows) {
        String marks = Session.marks(columns);
        return head + " VALUES " + (marks + ", ").repeat(rows - 1) + marks + tail;
    }

    @Override
    public void close() throws SQLException {
        if (hundreds != null) {
            hundreds.close();
        }
    }
}
