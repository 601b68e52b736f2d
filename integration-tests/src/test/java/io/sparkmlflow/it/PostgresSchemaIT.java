package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A PostgreSQL database of ours is one of MLflow's, and one of MLflow's, whichever its version, is used or left alone. */
class PostgresSchemaIT {
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

    private static Path directory;
    private static PostgresServer server;
    private static String pythons;

    @BeforeAll
    static void startServer() {
        directory = Checkout.newWorkFolder("postgres-schema");
        server = PostgresServer.shared();
        pythons = server.newDatabase();
        PythonMlflow.run(directory, "log_run.py", pythons, "by python");
    }

    @Test
    void everyTableIsAsMlflowMakesIt() throws SQLException {
        String ours = newStore();

        List<String> expected = catalog(pythons);
        assertThat(expected).hasSizeGreaterThan(700);
        assertThat(catalog(ours)).containsExactlyElementsOf(expected);
        assertThat(texts(ours, "SELECT version_num FROM alembic_version"))
                .isEqualTo(texts(pythons, "SELECT version_num FROM alembic_version"));
        assertThat(texts(ours, "SELECT name FROM workspaces")).containsExactly("default");
    }

    @Test
    void pythonUsesADatabaseOfOurs() {
        String ours = newStore();
        PythonMlflow.run(directory, "log_run.py", ours, "by python");

        assertThat(PythonMlflow.describe(directory, ours).runs())
                .extracting(Tracked.TrackedRun::name)
                .containsExactlyInAnyOrder("by java", "by python");
    }

    @Test
    void aDatabaseOfPythonIsUsedAsItIs() throws SQLException {
        String database = server.newDatabase();
        PythonMlflow.describe(directory, database);
        List<String> before = catalog(database);
        log(database);

        assertThat(catalog(database)).isEqualTo(before);
        assertThat(PythonMlflow.describe(directory, database).runs())
                .extracting(Tracked.TrackedRun::name)
                .containsExactly("by java");
    }

    @Test
    void anOldDatabaseIsLeftToMlflowToUpgrade() throws SQLException {
        String database = newStore();
        server.execute(
                database,
                "ALTER TABLE runs DROP COLUMN deleted_time",
                "UPDATE alembic_version SET version_num = 'old'",
                "DELETE FROM tags",
                "DELETE FROM runs",
                "DELETE FROM experiments");

        refusesAndChangesNothing(
                database, "it has no column deleted_time in its table runs; back it up, then run 'mlflow db upgrade");
    }

    @Test
    void aDatabaseOfANewerMlflowWorksUnlessItWantsMore() throws SQLException {
        String database = newStore();
        server.execute(
                database,
                "UPDATE alembic_version SET version_num = 'newer'",
                "ALTER TABLE runs ADD COLUMN colour VARCHAR(10), ADD COLUMN serial_number SERIAL,"
                        + " ADD COLUMN counted BIGINT GENERATED ALWAYS AS IDENTITY, ADD COLUMN flag BOOLEAN NOT NULL DEFAULT"
                        + " FALSE, ADD COLUMN twice BIGINT NOT NULL GENERATED ALWAYS AS (COALESCE(start_time, 0) * 2) STORED",
                "CREATE TABLE novelties (id INTEGER)");
        log(database);
        assertThat(texts(database, "SELECT name FROM runs")).hasSize(2);

        server.execute(database, "DELETE FROM params", "ALTER TABLE params ADD COLUMN kind TEXT NOT NULL");
        refusesAndChangesNothing(
                database,
                "is of a newer MLflow: its table params wants a value for kind, which this version of spark-mlflow does not"
                        + " know");
    }

    @Test
    void anotherProgramsDatabaseIsLeftAlone() throws SQLException {
        String database = server.newDatabase();
        server.execute(database, "CREATE TABLE recipes (name TEXT)");

        refusesAndChangesNothing(database, "holds tables (recipes, …) but none of MLflow's; name another database");
    }

    @Test
    void tablesOfAnotherSchemaDoNotCount() throws SQLException {
        String database = server.newDatabase();
        server.execute(database, "CREATE TABLE recipes (name TEXT)", "CREATE SCHEMA tracking");
        String uri = database + "?options=-csearch_path%3Dtracking";
        log(uri);

        assertThat(texts(database, "SELECT name FROM tracking.runs")).containsExactly("by java");
    }

    @Test
    void manyCreateADatabaseAtOnceAndAllOfThemUseIt() throws Exception {
        String database = server.newDatabase();
        int openers = 6;
        CyclicBarrier together = new CyclicBarrier(openers);
        ExecutorService threads = Executors.newFixedThreadPool(openers);
        try {
            List<Future<String>> opened = new ArrayList<>();
            for (int i = 0; i < openers; i++) {
                // Another name for the application makes it another database to the one that shares the pools.
                String uri = database + "?application_name=opener" + i;
                opened.add(threads.submit(() -> {
                    together.await();
                    try (TrackingStore store = SqlStores.openTracking(uri)) {
                        return store.createExperiment(uri.substring(uri.indexOf('?')), null, Map.of());
                    }
                }));
            }
            List<String> ids = new ArrayList<>();
            for (Future<String> id : opened) {
                ids.add(id.get());
            }
            assertThat(ids).doesNotHaveDuplicates().hasSize(openers);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aWrongPasswordAndAMissingDatabaseAreNamedWithoutThePassword() {
        String wrong = pythons.replaceFirst(":[^:/@]+@", ":wr0ng@");
        assertRefused(wrong, ErrorCode.UNAUTHENTICATED, "refused the user or the password; check them in the URI");
        assertRefused(
                pythons + "_missing",
                ErrorCode.INVALID_PARAMETER_VALUE,
                "_missing; create it first, empty, or name another one");
    }

    private static void assertRefused(String uri, ErrorCode code, String message) {
        assertThatThrownBy(() -> SqlStores.openTracking(uri))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining(message)
                .hasMessageNotContainingAny("wr0ng", PostgresServer.password(), "p%40ss")
                .extracting(e -> ((MlflowException) e).errorCode())
                .isEqualTo(code);
    }

    private static void refusesAndChangesNothing(String database, String message) throws SQLException {
        List<String> before = catalog(database);
        assertRefused(database, ErrorCode.INVALID_STATE, message);
        assertThat(catalog(database)).isEqualTo(before);
    }

    private static String newStore() {
        String uri = server.newDatabase();
        log(uri);
        return uri;
    }

    private static void log(String uri) {
        try (TrackingStore store = SqlStores.openTracking(uri, directory.toString())) {
            assertThat(store.uri()).doesNotContain("mlflow:").endsWith(uri.replaceAll("\\?.*|.*@", ""));
            store.createRun(new CreateRun("0", "by java", "alice", 1, Map.of()));
        }
    }

    private static List<String> catalog(String uri) throws SQLException {
        List<String> lines = new ArrayList<>();
        for (String query : CATALOG) {
            lines.addAll(texts(uri, query).stream().sorted().toList());
        }
        return lines;
    }

    private static List<String> texts(String uri, String query) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = server.connect(uri);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }
}
