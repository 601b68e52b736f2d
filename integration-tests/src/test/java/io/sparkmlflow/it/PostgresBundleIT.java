package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The shipped jar brings its own PostgreSQL driver, and does not offer it to the user's programs. */
class PostgresBundleIT {
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
}
