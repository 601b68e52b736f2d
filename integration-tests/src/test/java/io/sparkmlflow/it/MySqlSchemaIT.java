package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.store.sql.SqlStores;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MySqlSchemaIT extends DatabaseSchema {
    @Override
    DatabaseServer server() {
        return MariaDbServer.shared();
    }

    /**
     * The statements that would make the tables again: columns in their order, then the rest, whose order MLflow's migrations
     * leave to chance. The next number of a column is not theirs.
     */
    @Override
    List<String> catalog(String uri) throws SQLException {
        List<String> lines = new ArrayList<>();
        try (Connection connection = server().connect(uri);
                Statement statement = connection.createStatement()) {
            for (String table : server().texts(uri, "SHOW TABLES")) {
                try (ResultSet row = statement.executeQuery("SHOW CREATE TABLE " + table)) {
                    row.next();
                    String made = row.getString(2).replaceFirst(" AUTO_INCREMENT=\\d+", "");
                    List<String> all = made.lines()
                            .map(line -> table + line.replaceFirst(",$", ""))
                            .toList();
                    lines.addAll(
                            all.stream().filter(line -> line.contains("  `")).toList());
                    lines.addAll(all.stream()
                            .filter(line -> !line.contains("  `"))
                            .sorted()
                            .toList());
                }
            }
            try (ResultSet row = statement.executeQuery("SHOW TRIGGERS")) {
                while (row.next()) {
                    lines.add("trigger " + row.getString("Trigger") + " " + row.getString("Timing") + " "
                            + row.getString("Event") + " " + row.getString("Table") + " "
                            + row.getString("Statement").replaceAll("\\s+", " "));
                }
            }
        }
        return lines;
    }

    @Override
    String addOptionalColumns() {
        return "ALTER TABLE runs ADD COLUMN colour VARCHAR(10), ADD COLUMN serial_number INT NOT NULL AUTO_INCREMENT UNIQUE,"
                + " ADD COLUMN flag BOOLEAN NOT NULL DEFAULT FALSE, ADD COLUMN twice BIGINT"
                + " GENERATED ALWAYS AS (COALESCE(start_time, 0) * 2) STORED";
    }

    @Override
    String another(String uri, int number) {
        return uri + "?connect_timeout=" + (10 + number);
    }

    /** Its tables are created one by one. */
    @Test
    void aDatabaseWhoseCreationWasInterruptedIsNamed() throws SQLException {
        String database = server().newDatabase();
        server().execute(database, "CREATE TABLE workspaces (name VARCHAR(63) PRIMARY KEY)");

        assertThatThrownBy(() -> SqlStores.openTracking(database))
                .hasMessageContaining(
                        "holds only some of MLflow's tables: who created them was interrupted; drop the database")
                .extracting(e -> ((MlflowException) e).errorCode())
                .isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(server().texts(database, "SHOW TABLES")).containsExactly("workspaces");
    }
}
