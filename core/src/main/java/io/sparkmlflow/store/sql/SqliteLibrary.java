package io.sparkmlflow.store.sql;

import java.util.concurrent.atomic.AtomicBoolean;
import org.sqlite.SQLiteJDBCLoader;

/**
 * SQLite itself, which the driver unpacks from its jar into a file for each process. That takes as long as all the rest of
 * opening a store, and so it is begun on a thread of its own as soon as it is known to be needed.
 */
final class SqliteLibrary {
    private static final AtomicBoolean BEGUN = new AtomicBoolean();

    private SqliteLibrary() {}

    /** Returns at once. The first connection waits for the rest, or fails as it would have without this. */
    static void prepare() {
        if (BEGUN.compareAndSet(false, true)) {
            Thread thread = new Thread(SqliteLibrary::load, "spark-mlflow-sqlite");
            thread.setDaemon(true);
            thread.start();
        }
    }

    @SuppressWarnings("CatchAndPrintStackTrace")
    private static void load() {
        try {
            SQLiteJDBCLoader.initialize();
        } catch (Exception | LinkageError e) {
            // Whoever asks for a connection is told.
            return;
        }
    }
}
