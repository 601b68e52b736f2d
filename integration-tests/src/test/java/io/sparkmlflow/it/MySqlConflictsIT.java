package io.sparkmlflow.it;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

class MySqlConflictsIT extends DatabaseConflicts {
    @Override
    DatabaseServer server() {
        return MariaDbServer.shared();
    }

    @Override
    String waiting() {
        return "SELECT count(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p"
                + " ON p.id = t.trx_mysql_thread_id WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()";
    }

    /** InnoDB ends the one that has changed less. */
    @Override
    List<String> surviveDeadlock() {
        return Stream.iterate(0, i -> i < 100, i -> i + 1)
                .map(i -> "INSERT INTO experiments (name, lifecycle_stage) VALUES ('other " + i + "', 'active')")
                .toList();
    }

    @Override
    void killStore(String uri) throws SQLException {
        for (String kill : server().texts(
                        uri,
                        "SELECT CONCAT('KILL ', id) FROM information_schema.processlist WHERE db = DATABASE()"
                                + " AND id <> CONNECTION_ID()")) {
            server().execute(uri, kill);
        }
    }
}
