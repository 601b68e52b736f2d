package io.sparkmlflow.store.sql;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * Connections of one driver. Unlike {@link java.sql.DriverManager} it cannot hand out those of another driver that takes
 * the same URLs, such as one that the user's job brings.
 */
final class DriverDataSource implements DataSource {
    private static final int CLOSE_WAIT_SECONDS = 5;

    private final Driver driver;
    private final String url;
    private final Properties properties;

    /** @param properties with the credentials; the URL has none */
    DriverDataSource(Driver driver, String url, Properties properties) {
        this.driver = driver;
        this.url = url;
        this.properties = properties;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Properties own = new Properties();
        own.putAll(properties);
        Connection connection = driver.connect(url, own);
        if (connection == null) {
            throw new SQLException("The driver " + driver.getClass().getName() + " does not take " + url);
        }
        return connection;
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("The credentials are those of the URI");
    }

    @Override
    public PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter writer) {
        // Drivers log in their own way.
    }

    @Override
    public int getLoginTimeout() {
        // The pool takes it for how long it may wait for its own threads when it closes, and warns after that.
        return CLOSE_WAIT_SECONDS;
    }

    @Override
    public void setLoginTimeout(int seconds) {
        // The driver's properties say how long to wait.
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return driver.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (isWrapperFor(type)) {
            return type.cast(this);
        }
        throw new SQLException("This is no " + type.getName());
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return type.isInstance(this);
    }

    @Override
    public String toString() {
        return url;
    }
}
