package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two transactions that meet in a database: the caller gets MLflow's answer, as if one had come after the other. */
@Timeout(300)
abstract class DatabaseConflicts {
    private final DatabaseServer server = server();
    private final String uri = server.newDatabase();
    private TrackingStore store;

    abstract DatabaseServer server();

    /** A query for the number of connections of the store that wait for another one's lock. */
    abstract String waiting();

    /** Statements that make a transaction the one that does not have to end when it is in a deadlock. */
    abstract List<String> surviveDeadlock();

    /** Ends the connections of the store. */
    abstract void killStore(String uri) throws SQLException;

    @BeforeEach
    void openStore() {
        store = SqlStores.openTracking(uri, "/artifacts");
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void anExperimentThatSomebodyElseIsCreatingIsReportedAsTaken() throws Exception {
        try (Connection other = begun()) {
            execute(
                    other,
                    "INSERT INTO experiments (name, lifecycle_stage, creation_time, last_update_time) VALUES ('taken',"
                            + " 'active', 1, 1)");
            CompletableFuture<String> ours =
                    CompletableFuture.supplyAsync(() -> store.createExperiment("taken", null, Map.of()));
            awaitOneThatWaits();
            other.commit();

            assertThatThrownBy(ours::join)
                    .cause()
                    .isInstanceOf(MlflowException.class)
                    .hasMessage("Experiment(name=taken) already exists.")
                    .extracting(e -> ((MlflowException) e).errorCode())
                    .isEqualTo(ErrorCode.RESOURCE_ALREADY_EXISTS);
        }
        assertThat(store.createExperiment("free", null, Map.of())).isNotEmpty();
    }

    @Test
    void aParamThatSomebodyElseIsLoggingIsComparedWithOurs() throws Exception {
        String runId = store.createRun(new CreateRun("0", "shared", "alice", 1, Map.of()))
                .info()
                .runId();
        try (Connection other = begun()) {
            execute(other, "INSERT INTO params VALUES ('same', '1', '" + runId + "'), ('other', '1', '" + runId + "')");
            CompletableFuture<Void> same = CompletableFuture.runAsync(
                    () -> store.logBatch(runId, List.of(), List.of(new Param("same", "1")), List.of()));
            awaitOneThatWaits();
            other.commit();
            same.join();
        }
        assertThatThrownBy(() -> store.logBatch(runId, List.of(), List.of(new Param("other", "2")), List.of()))
                .hasMessageContaining("Changing param values is not allowed");
        assertThat(store.getRun(runId).data().params()).containsOnly(Map.entry("same", "1"), Map.entry("other", "1"));
    }

    @Test
    void theLoserOfADeadlockTriesAgain() throws Exception {
        String runId = store.createRun(new CreateRun("0", "shared", "alice", 1, Map.of()))
                .info()
                .runId();
        try (Connection other = begun()) {
            // We lock a, then b; the other one has b and then wants a.
            execute(other, surviveDeadlock().toArray(String[]::new));
            execute(other, "INSERT INTO params VALUES ('b', '1', '" + runId + "')");
            CompletableFuture<Void> ours = CompletableFuture.runAsync(() ->
                    store.logBatch(runId, List.of(), List.of(new Param("a", "1"), new Param("b", "1")), List.of()));
            awaitOneThatWaits();
            try {
                execute(other, "INSERT INTO params VALUES ('a', '1', '" + runId + "')");
                other.commit();
            } catch (SQLException e) {
                assertThat(e.getSQLState()).isIn("40P01", "40001");
                other.rollback();
            }
            ours.join();
        }
        assertThat(store.getRun(runId).data().params()).containsOnly(Map.entry("a", "1"), Map.entry("b", "1"));
    }

    @Test
    void aConnectionThatTheServerEndsIsReplaced() throws SQLException {
        store.getExperiment("0");
        killStore(uri);
        // Whether the pool notices before it hands the connection out depends on how long it was idle.
        boolean noticed = false;
        for (int attempt = 0; attempt < 10 && !noticed; attempt++) {
            try {
                noticed = store.getExperiment("0").name().equals("Default");
            } catch (MlflowException e) {
                assertThat(e.errorCode()).isEqualTo(ErrorCode.TEMPORARILY_UNAVAILABLE);
            }
        }
        assertThat(noticed).isTrue();
    }

    private Connection begun() throws SQLException {
        Connection connection = server.connect(uri);
        connection.setAutoCommit(false);
        return connection;
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Waits until a connection of the store waits for a lock, which it does until the other transaction ends. */
    private void awaitOneThatWaits() throws Exception {
        try (Connection watcher = server.connect(uri);
                Statement statement = watcher.createStatement()) {
            while (true) {
                try (ResultSet count = statement.executeQuery(waiting())) {
                    count.next();
                    if (count.getInt(1) > 0) {
                        return;
                    }
                }
                // InnoDB's table of transactions stays as it is for whoever looks more often than every 100 ms.
                Thread.sleep(150);
            }
        }
    }
}
