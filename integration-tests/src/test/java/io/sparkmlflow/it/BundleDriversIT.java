package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The shipped jar brings its own PostgreSQL driver, for itself alone, and takes a MySQL driver that the user brings. */
class BundleDriversIT {
    private static final String PROGRAM = """
            import io.sparkmlflow.config.*;
            import java.sql.DriverManager;

            class Program {
                public static void main(String[] args) throws Exception {
                    MlflowConfig config = MlflowConfig.fromEnvironment();
                    try (var store = io.sparkmlflow.store.StoreFactory.openTracking(config)) {
                        System.out.println("experiment " + store.getExperiment("0").name() + " of " + store.uri());
                    }
                    DriverManager.drivers().forEach(driver -> System.out.println("driver " + driver.getClass().getName()));
                }
            }
            """;

    @Test
    void theDriverIsForTheStoreAlone() throws IOException {
        Distribution spark = Distribution.inVenv();
        Path directory = Checkout.newWorkFolder("postgres-bundle");
        String uri = PostgresServer.shared().newDatabase();
        Path source = Files.writeString(directory.resolve("Program.java"), PROGRAM);

        List<String> lines = Processes.run(
                        List.of(Programs.tool("java"), "-cp", spark.bundle() + ":" + spark.jars(), source.toString()),
                        directory,
                        Map.of("MLFLOW_TRACKING_URI", uri),
                        Duration.ofMinutes(2))
                .assertSucceeded()
                .stdoutLines();

        assertThat(lines).contains("experiment Default of " + uri.replaceAll("//.*@", "//"));
        assertThat(lines)
                .contains("driver org.sqlite.JDBC")
                .noneMatch(line -> line.contains("driver") && line.contains("postgresql"));
    }

    private static final String MYSQL_PROGRAM = """
            import io.sparkmlflow.MlflowException;
            import java.net.*;
            import java.nio.file.Path;

            class Program {
                public static void main(String[] args) throws Exception {
                    open();
                    URL[] driver = {Path.of(args[0]).toUri().toURL()};
                    Thread.currentThread().setContextClassLoader(new URLClassLoader(driver));
                    open();
                }

                private static void open() {
                    var config = io.sparkmlflow.config.MlflowConfig.fromEnvironment();
                    try (var store = io.sparkmlflow.store.StoreFactory.openTracking(config)) {
                        System.out.println("experiment " + store.getExperiment("0").name() + " of " + store.uri());
                    } catch (MlflowException e) {
                        System.out.println(e.getMessage());
                    }
                }
            }
            """;

    /** Spark gives the class path of {@code --packages} to the thread's context class loader. */
    @Test
    void theMySqlDriverIsTheUsersToBring() throws Exception {
        Distribution spark = Distribution.inVenv();
        Path directory = Checkout.newWorkFolder("mysql-bundle");
        String uri = MariaDbServer.shared().newDatabase();
        String shown = uri.replaceAll("\\+pymysql|(?<=//).*@", "");
        Path source = Files.writeString(directory.resolve("Program.java"), MYSQL_PROGRAM);
        Path driver = Path.of(org.mariadb.jdbc.Driver.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());

        List<String> lines = Processes.run(
                        List.of(
                                Programs.tool("java"),
                                "-cp",
                                spark.bundle() + ":" + spark.jars(),
                                source.toString(),
                                driver.toString()),
                        directory,
                        Map.of("MLFLOW_TRACKING_URI", uri),
                        Duration.ofMinutes(2))
                .assertSucceeded()
                .stdoutLines();

        assertThat(lines)
                .containsExactly(
                        "The database " + shown + " needs MariaDB's JDBC driver, which is not part of spark-mlflow: add"
                                + " '--packages org.mariadb.jdbc:" + versionOf(driver) + "' to spark-submit, or"
                                + " org.mariadb.jdbc:" + versionOf(driver) + " to the dependencies of the program",
                        "experiment Default of " + shown);
    }

    /** Returns artifact and version, so that the message names the version of the tests. */
    private static String versionOf(Path jar) {
        return jar.getFileName().toString().replaceFirst("-([\\d.]+)\\.jar$", ":$1");
    }
}
