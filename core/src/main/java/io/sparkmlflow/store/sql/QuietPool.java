package io.sparkmlflow.store.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.pool.HikariPool;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * A pool of connections that opens and closes without a word.
 *
 * <p>Hikari's data source says four times at INFO that a pool starts and stops, which a user of spark-submit sees in the
 * middle of Spark's own lines and can do nothing with. The pool beneath it says nothing at that level.
 */
final class QuietPool implements AutoCloseable {
    private final HikariPool pool;

    /** The first connection is made when it is asked for. */
    QuietPool(HikariConfig config) {
        config.setInitializationFailTimeout(-1);
        config.validate();
        pool = new HikariPool(config);
    }

    Connection getConnection() throws SQLException {
        return pool.getConnection();
    }

    void evictConnection(Connection connection) {
        pool.evictConnection(connection);
    }

    boolean isClosed() {
        return pool.poolState == HikariPool.POOL_SHUTDOWN;
    }

    @Override
    public void close() {
        try {
            pool.shutdown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
