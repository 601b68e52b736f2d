package io.sparkmlflow.it;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A real database server on a loopback port, which is deleted when it is closed. */
interface DatabaseServer extends AutoCloseable {
    /** The password as it is, which must be in no log and no message; it holds what a URI must have encoded. */
    String PASSWORD = "p@ss/w:rd %1";

    /** Creates an empty database and returns its URI, as MLflow takes it; the password in it is encoded. */
    String newDatabase();

    /** Connects to a database of this server, apart from the store. */
    Connection connect(String uri) throws SQLException;

    /** Executes statements in a database of this server. */
    default void execute(String uri, String... statements) throws SQLException {
        try (Connection connection = connect(uri);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Returns the first column of what a query finds. */
    default List<String> texts(String uri, String query) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = connect(uri);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    @Override
    void close();
}
