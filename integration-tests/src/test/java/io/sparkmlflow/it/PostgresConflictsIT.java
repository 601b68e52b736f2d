package io.sparkmlflow.it;

import java.sql.SQLException;
import java.util.List;

class PostgresConflictsIT extends DatabaseConflicts {
    @Override
    DatabaseServer server() {
        return PostgresServer.shared();
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND application_name = 'spark-mlflow' AND wait_event_type = 'Lock'";
    }

    /** It looks for deadlocks late, so that we do it first, unless this machine is so slow that we did before there was one. */
    @Override
    List<String> surviveDeadlock() {
        return List.of("SET LOCAL deadlock_timeout = '20s'");
    }

    @Override
    void killStore(String uri) throws SQLException {
        server().execute(
                        uri,
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'spark-mlflow'"
                                + " AND datname = current_database()");
    }
}
