package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A database of ours is one of MLflow's, and one of MLflow's, whichever its version, is used or left alone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DatabaseSchema {
    private final DatabaseServer server = server();
    private Path directory;
    private String pythons;

    abstract DatabaseServer server();

    /** Everything that the database's catalog says of tables, many lines for each. */
    abstract List<String> catalog(String uri) throws SQLException;

    /** A statement that adds columns to table {@code runs} that need no value. */
    abstract String addOptionalColumns();

    /** Returns a URI of the same database that differs from others. */
    abstract String another(String uri, int number);

    @BeforeAll
    void startServer() {
        directory = Checkout.newWorkFolder(getClass().getSimpleName());
        pythons = server.newDatabase();
        PythonMlflow.run(directory, "log_run.py", pythons, "by python");
    }

    @Test
    void everyTableIsAsMlflowMakesIt() throws SQLException {
        String ours = newStore();

        List<String> expected = catalog(pythons);
        assertThat(expected).hasSizeGreaterThan(500);
        assertThat(catalog(ours)).containsExactlyElementsOf(expected);
        assertThat(server.texts(ours, "SELECT version_num FROM alembic_version"))
                .isEqualTo(server.texts(pythons, "SELECT version_num FROM alembic_version"));
        assertThat(server.texts(ours, "SELECT name FROM workspaces")).containsExactly("default");
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
                addOptionalColumns(),
                "CREATE TABLE novelties (id INTEGER)");
        log(database);
        assertThat(server.texts(database, "SELECT name FROM runs")).hasSize(2);

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
    void manyCreateADatabaseAtOnceAndAllOfThemUseIt() throws Exception {
        String database = server.newDatabase();
        int openers = 6;
        CyclicBarrier together = new CyclicBarrier(openers);
        ExecutorService threads = Executors.newFixedThreadPool(openers);
        try {
            List<Future<String>> opened = new ArrayList<>();
            for (int i = 0; i < openers; i++) {
                String uri = another(database, i);
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

    private void assertRefused(String uri, ErrorCode code, String message) {
        assertThatThrownBy(() -> SqlStores.openTracking(uri))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining(message)
                .hasMessageNotContainingAny("wr0ng", DatabaseServer.PASSWORD, "p%40ss")
                .extracting(e -> ((MlflowException) e).errorCode())
                .isEqualTo(code);
    }

    private void refusesAndChangesNothing(String database, String message) throws SQLException {
        List<String> before = catalog(database);
        assertRefused(database, ErrorCode.INVALID_STATE, message);
        assertThat(catalog(database)).isEqualTo(before);
    }

    private String newStore() {
        String uri = server.newDatabase();
        log(uri);
        return uri;
    }

    private void log(String uri) {
        try (TrackingStore store = SqlStores.openTracking(uri, directory.toString())) {
            assertThat(store.uri()).doesNotContain("mlflow:").endsWith(uri.replaceAll("\\?.*|.*@", ""));
            store.createRun(new CreateRun("0", "by java", "alice", 1, Map.of()));
        }
    }
}
