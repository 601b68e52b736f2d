package io.sparkmlflow.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.SearchRegisteredModels;
import io.sparkmlflow.store.TrackingStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlDatabaseTest {
    @TempDir
    Path folder;

    private String uri(String file) {
        return "sqlite:///" + folder.resolve(file);
    }

    private static void refuses(String uri, ErrorCode code, String message) {
        assertThatThrownBy(() -> SqlStores.openTracking(uri))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining(message)
                .extracting(e -> ((MlflowException) e).errorCode())
                .isEqualTo(code);
    }

    private void execute(String file, String... statements) throws SQLException {
        try (Connection connection = SqliteDialect.of(uri(file)).dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    @Test
    void threeSlashesAreRelativeToTheWorkingDirectoryAndFourAbsolute() {
        assertThat(SqliteDialect.of("sqlite:///some/mlflow.db").file())
                .isEqualTo(Path.of("some/mlflow.db").toAbsolutePath());
        assertThat(SqliteDialect.of("sqlite:////some/mlflow.db").file()).isEqualTo(Path.of("/some/mlflow.db"));
    }

    @Test
    void otherUrisAreRefused() {
        refuses("oracle://host/db", ErrorCode.INVALID_PARAMETER_VALUE, "expected sqlite:///relative/path.db");
        refuses("sqlite://", ErrorCode.INVALID_PARAMETER_VALUE, "expected sqlite:///relative/path.db");
        refuses("sqlite:///:memory:", ErrorCode.INVALID_PARAMETER_VALUE, "only a file is supported");
    }

    @Test
    void theDefaultArtifactRootIsMlrunsInTheWorkingDirectory() {
        try (TrackingStore store = SqlStores.openTracking(uri("default.db"))) {
            assertThat(store.getExperiment("0").artifactLocation())
                    .isEqualTo(Path.of("mlruns").toAbsolutePath() + "/0");
        }
    }

    @Test
    void aMissingFolderIsNamed() {
        refuses(
                uri("none/mlflow.db"),
                ErrorCode.INVALID_PARAMETER_VALUE,
                "there is no folder " + folder.resolve("none") + "; create it first");
    }

    @Test
    void aDirectoryIsNoDatabase() throws IOException {
        Files.createDirectory(folder.resolve("directory"));

        refuses(uri("directory"), ErrorCode.INVALID_PARAMETER_VALUE, "it is a directory");
    }

    @Test
    void anotherKindOfFileIsNoDatabase() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.txt"), "these are notes and no database at all");

        refuses(uri("notes.txt"), ErrorCode.INVALID_STATE, "the file is not a SQLite database");
        assertThat(file).hasContent("these are notes and no database at all");
    }

    @Test
    void anotherProgramsDatabaseIsLeftAlone() throws Exception {
        execute("other.db", "CREATE TABLE recipes (name TEXT)");

        refuses(uri("other.db"), ErrorCode.INVALID_STATE, "holds tables (recipes, …) but none of MLflow's");
    }

    @Test
    void anOldDatabaseIsLeftToMlflowToUpgrade() throws Exception {
        SqlStores.openTracking(uri("old.db")).close();
        execute(
                "old.db",
                "ALTER TABLE runs DROP COLUMN deleted_time",
                "UPDATE alembic_version SET version_num = 'old'");
        byte[] before = Files.readAllBytes(folder.resolve("old.db"));

        refuses(
                uri("old.db"),
                ErrorCode.INVALID_STATE,
                "it has no column deleted_time in its table runs; back it up, then run 'mlflow db upgrade");
        assertThat(Files.readAllBytes(folder.resolve("old.db"))).isEqualTo(before);
    }

    @Test
    void aDatabaseOfANewerMlflowWorksUnlessItWantsMore() throws Exception {
        SqlStores.openTracking(uri("newer.db")).close();
        execute(
                "newer.db",
                "UPDATE alembic_version SET version_num = 'newer'",
                "ALTER TABLE runs ADD COLUMN colour VARCHAR(10)",
                "CREATE TABLE novelties (id INTEGER)");
        try (TrackingStore store = SqlStores.openTracking(uri("newer.db"))) {
            assertThat(store.createRun(new CreateRun("0", null, null, 1, Map.of()))
                            .info()
                            .runId())
                    .isNotEmpty();
        }

        execute(
                "newer.db",
                "DROP TABLE params",
                "CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT, kind TEXT NOT NULL)");
        refuses(
                uri("newer.db"),
                ErrorCode.INVALID_STATE,
                "is of a newer MLflow: its table params wants a value for kind, which this version of spark-mlflow does"
                        + " not know");
    }

    @Test
    void anEmptyFileBecomesADatabase() throws IOException {
        Files.createFile(folder.resolve("empty.db"));

        try (TrackingStore store = SqlStores.openTracking(uri("empty.db"))) {
            assertThat(store.getExperiment("0").name()).isEqualTo("Default");
        }
    }

    @Test
    void aDatabaseWithoutTheDefaultExperimentIsGivenIt() throws Exception {
        SqlStores.openTracking(uri("lacking.db")).close();
        execute("lacking.db", "DELETE FROM experiments");

        try (TrackingStore store = SqlStores.openTracking(uri("lacking.db"), "/root")) {
            assertThat(store.getExperiment("0").artifactLocation()).isEqualTo("/root/0");
        }
    }

    @Test
    void aClosedStoreSaysSo() {
        TrackingStore store = SqlStores.openTracking(uri("closed.db"));
        store.close();
        store.close();

        assertThatThrownBy(() -> store.getExperiment("0"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("was closed and takes no more calls");
    }

    @Test
    void storesOnOneDatabaseShareItUntilTheLastOneCloses() {
        TrackingStore first = SqlStores.openTracking(uri("shared.db"));
        try (TrackingStore second = SqlStores.openTracking(uri("shared.db"));
                ModelRegistry registry = SqlStores.openRegistry(uri("shared.db"))) {
            String id = first.createExperiment("shared", null, Map.of());
            first.close();
            assertThat(second.getExperiment(id).name()).isEqualTo("shared");
            assertThat(registry.searchRegisteredModels(SearchRegisteredModels.all())
                            .items())
                    .isEmpty();
        }
    }

    @Test
    void manyCreateADatabaseAtOnceAndAllOfThemUseIt() throws Exception {
        int openers = 6;
        CyclicBarrier together = new CyclicBarrier(openers);
        ExecutorService threads = Executors.newFixedThreadPool(openers);
        try {
            List<Future<String>> opened = new ArrayList<>();
            for (int i = 0; i < openers; i++) {
                String name = "experiment " + i;
                opened.add(threads.submit(() -> {
                    together.await();
                    SqlDatabase database = SqlDatabase.open(uri("contended.db"), "/root");
                    try (TrackingStore store = new SqlTrackingStore(database, "/root")) {
                        return store.createExperiment(name, null, Map.of());
                    }
                }));
            }
            List<String> ids = new ArrayList<>();
            for (Future<String> id : opened) {
                ids.add(id.get());
            }
            assertThat(ids).containsExactlyInAnyOrder("1", "2", "3", "4", "5", "6");
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aFailedWriteLeavesTheConnectionUsable() {
        try (TrackingStore store = SqlStores.openTracking(uri("failing.db"))) {
            String runId = store.createRun(new CreateRun("0", null, null, 1, Map.of()))
                    .info()
                    .runId();
            store.logBatch(runId, List.of(), List.of(new Param("p", "1")), List.of());
            for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> store.logBatch(runId, List.of(), List.of(new Param("p", "2")), List.of()))
                        .isInstanceOf(MlflowException.class);
            }
            store.logBatch(runId, List.of(), List.of(new Param("q", "1")), List.of());
            assertThat(store.getRun(runId).data().params()).containsOnlyKeys("p", "q");
        }
    }
}
