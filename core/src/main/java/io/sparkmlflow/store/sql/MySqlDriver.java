package io.sparkmlflow.store.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.net.URLEncoder;
import java.sql.Driver;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/**
 * MariaDB Connector/J, which speaks to MySQL too. Its licence is not ours, so it is not part of this library: who has such a
 * database adds it, to the class path or with {@code --packages}.
 */
final class MySqlDriver {
    /** The version that the tests use. */
    private static final String ARTIFACT = "org.mariadb.jdbc:mariadb-java-client:3.5.11";

    private static final String DRIVER = "org.mariadb.jdbc.Driver";
    private static final int DEFAULT_PORT = 3306;

    /** MySQL's names for what the driver calls otherwise, as {@code ssl_mode} has them. */
    private static final Map<String, String> SSL_MODES = Map.of(
            "DISABLED", "disable",
            "REQUIRED", "trust",
            "VERIFY_CA", "verify-ca",
            "VERIFY_IDENTITY", "verify-full");

    private static final Set<String> OPTIONS = Set.of(
            "charset", "connect_timeout", "read_timeout", "write_timeout", "ssl_ca", "ssl_check_hostname", "ssl_mode");

    private MySqlDriver() {}

    /** Finds the driver where this library is, or where Spark keeps the jars that a job brings. */
    static Driver find(ServerUri uri) {
        List<ClassLoader> loaders = Arrays.asList(
                MySqlDriver.class.getClassLoader(), Thread.currentThread().getContextClassLoader());
        for (ClassLoader loader :
                loaders.stream().filter(Objects::nonNull).distinct().toList()) {
            try {
                return (Driver) Class.forName(DRIVER, true, loader)
                        .getDeclaredConstructor()
                        .newInstance();
            } catch (ClassNotFoundException e) {
                continue;
            } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
                throw new MlflowException(
                        ErrorCode.INVALID_STATE,
                        "The database driver " + DRIVER + " cannot be used: " + e + "; use " + ARTIFACT,
                        e);
            }
        }
        throw new MlflowException(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "The database " + uri.withoutCredentials() + " needs MariaDB's JDBC driver, which is not part of"
                        + " spark-mlflow: add '--packages " + ARTIFACT + "' to spark-submit, or " + ARTIFACT
                        + " to the dependencies of the program");
    }

    /** Returns the driver's URL: without credentials. */
    static String url(ServerUri uri) {
        String host = uri.host().contains(":") ? "[" + uri.host() + "]" : uri.host();
        int port = uri.port() == null ? DEFAULT_PORT : uri.port();
        return "jdbc:mariadb://" + host + ":" + port + "/"
                + URLEncoder.encode(uri.database(), UTF_8).replace("+", "%20");
    }

    /** Returns the driver's properties for the credentials and the options of a URI, which are PyMySQL's and mysqlclient's. */
    static Properties properties(ServerUri uri) {
        Properties properties = new Properties();
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("connectTimeout", Long.toString(ServerUri.CONNECT_TIMEOUT.toMillis()));
        properties.setProperty("socketTimeout", Long.toString(ServerUri.ANSWER_TIMEOUT.toMillis()));
        // Without TLS MySQL 8 takes a password only under its public key, which Python's drivers ask it for too.
        properties.setProperty("allowPublicKeyRetrieval", "true");
        if (uri.user() != null) {
            properties.setProperty("user", uri.user());
        }
        if (uri.password() != null) {
            properties.setProperty("password", uri.password());
        }
        Map<String, String> options = uri.options();
        options.forEach((option, value) -> {
            switch (option) {
                case "connect_timeout" -> properties.setProperty("connectTimeout", millis(uri, option, value));
                case "read_timeout" -> properties.setProperty("socketTimeout", millis(uri, option, value));
                case "ssl_mode" -> properties.setProperty("sslMode", sslMode(uri, value));
                case "charset" -> checkCharset(uri, value);
                default -> {
                    if (!OPTIONS.contains(option)) {
                        throw MlflowException.invalidParameter("The database URI " + uri.withoutCredentials()
                                + " has the option '" + option + "'; supported are " + new TreeSet<>(OPTIONS));
                    }
                }
            }
        });
        if (options.containsKey("ssl_ca")) {
            properties.setProperty("serverSslCert", options.get("ssl_ca"));
            if (!options.containsKey("ssl_mode")) {
                boolean checksHost =
                        !options.getOrDefault("ssl_check_hostname", "true").equalsIgnoreCase("false");
                properties.setProperty("sslMode", checksHost ? "verify-full" : "verify-ca");
            }
        }
        return properties;
    }

    private static String millis(ServerUri uri, String option, String seconds) {
        if (!seconds.matches("[1-9]\\d{0,5}")) {
            throw MlflowException.invalidParameter("The database URI " + uri.withoutCredentials() + " has " + option
                    + "=" + seconds + ": expected whole seconds, 1 to 999999");
        }
        return seconds + "000";
    }

    private static String sslMode(ServerUri uri, String mode) {
        String known = SSL_MODES.get(mode.toUpperCase(Locale.ROOT));
        if (known == null) {
            throw MlflowException.invalidParameter("The database URI " + uri.withoutCredentials() + " has ssl_mode="
                    + mode + "; supported are " + new TreeSet<>(SSL_MODES.keySet()));
        }
        return known;
    }

    /** The driver always speaks utf8mb4, and the server converts. */
    private static void checkCharset(ServerUri uri, String charset) {
        if (!charset.toLowerCase(Locale.ROOT).startsWith("utf8")) {
            throw MlflowException.invalidParameter("The database URI " + uri.withoutCredentials() + " has charset="
                    + charset + ": expected utf8mb4, which is used anyway");
        }
    }
}
