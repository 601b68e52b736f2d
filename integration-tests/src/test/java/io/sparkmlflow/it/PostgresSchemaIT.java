package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PostgresSchemaIT extends DatabaseSchema {
    /** Everything that the catalog says of tables, a line each. */
    private static final List<String> CATALOG = List.of(
            "SELECT format('column %s.%s %s %s %s default %s identity %s generated %s', c.relname,"
                    // A dropped column, as MLflow's migrations leave one, keeps its number.
                    + " row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attname,"
                    + " format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END,"
                    + " pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated)"
                    + " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                    + " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
                    + " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0"
                    + " AND NOT a.attisdropped",
            "SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))"
                    + " FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
            "SELECT format('index %s', pg_get_indexdef(i.indexrelid)) FROM pg_index i"
                    + " JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace",
            "SELECT format('sequence %s %s of %s.%s', c.relname, c.relkind, d.refobjid::regclass, d.refobjsubid)"
                    + " FROM pg_class c LEFT JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i')"
                    + " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('r', 'i', 't')",
            "SELECT format('trigger %s', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT format('function %s %s', proname, pg_get_function_result(oid)) FROM pg_proc"
                    + " WHERE pronamespace = 'public'::regnamespace");

    @Override
    DatabaseServer server() {
        return PostgresServer.shared();
    }

    @Override
    List<String> catalog(String uri) throws SQLException {
        List<String> lines = new ArrayList<>();
        for (String query : CATALOG) {
            lines.addAll(server().texts(uri, query).stream().sorted().toList());
        }
        return lines;
    }

    @Override
    String addOptionalColumns() {
        return "ALTER TABLE runs ADD COLUMN colour VARCHAR(10), ADD COLUMN serial_number SERIAL,"
                + " ADD COLUMN counted BIGINT GENERATED ALWAYS AS IDENTITY, ADD COLUMN flag BOOLEAN NOT NULL DEFAULT"
                + " FALSE, ADD COLUMN twice BIGINT NOT NULL GENERATED ALWAYS AS (COALESCE(start_time, 0) * 2) STORED";
    }

    /** Another name for the application makes it another database to the one that shares the pools. */
    @Override
    String another(String uri, int number) {
        return uri + "?application_name=opener" + number;
    }

    @Test
    void tablesOfAnotherSchemaDoNotCount() throws SQLException {
        String database = server().newDatabase();
        server().execute(database, "CREATE TABLE recipes (name TEXT)", "CREATE SCHEMA tracking");
        String uri = database + "?options=-csearch_path%3Dtracking";
        try (TrackingStore store = SqlStores.openTracking(uri)) {
            store.createRun(new CreateRun("0", "by java", "alice", 1, Map.of()));
        }

        assertThat(server().texts(database, "SELECT name FROM tracking.runs")).containsExactly("by java");
    }
}
