package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Spark's own Thrift server has the functions by its settings alone, and any client of JDBC calls them. */
class ThriftServerIT {
    private static final Path GOLDEN = Checkout.root().resolve("integration-tests/src/test/resources/golden-models");
    private static final int SECONDS = 120;

    @Test
    void aClientOfJdbcScoresWithModelsOfPython() throws Exception {
        Distribution spark = Distribution.inVenv();
        Path directory = Checkout.newWorkFolder("thrift-server");
        int port = freePort();
        Process server = SparkCommand.thriftServer(spark, port)
                .forTinyData()
                .conf("spark.sql.warehouse.dir", directory.resolve("warehouse").toString())
                .start(directory);
        try (URLClassLoader jars = new URLClassLoader(jars(spark), ClassLoader.getPlatformClassLoader());
                Connection connection = connect(jars, port, server, directory)) {
            assertThat(predictions(connection, "iris_lr")).isEqualTo(recorded("iris_lr"));
            assertThat(predictions(connection, "text_lr")).isEqualTo(recorded("text_lr"));
        } finally {
            Processes.kill(server);
        }
    }

    private static List<Double> predictions(Connection connection, String name) throws SQLException {
        String call = "mlflow_predict('" + GOLDEN.resolve(name).resolve("model") + "', struct(*))";
        String table = "parquet.`" + GOLDEN.resolve(name).resolve("input.parquet") + "`";
        List<Double> predictions = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT " + call + " AS p FROM " + table)) {
            while (rows.next()) {
                predictions.add(rows.getDouble("p"));
            }
        }
        return predictions;
    }

    private static List<Double> recorded(String name) throws IOException {
        JsonNode expected = new ObjectMapper()
                .readTree(GOLDEN.resolve(name).resolve("expected.json").toFile());
        List<Double> predictions = new ArrayList<>();
        expected.get("pyfunc_prediction").forEach(value -> predictions.add(value.asDouble()));
        assertThat(predictions).isNotEmpty();
        return predictions;
    }

    /** Tries until the server answers: it says nowhere that it is ready. */
    private static Connection connect(ClassLoader jars, int port, Process server, Path directory) throws Exception {
        Driver driver = (Driver) jars.loadClass("org.apache.hive.jdbc.HiveDriver")
                .getConstructor()
                .newInstance();
        for (int i = 0; ; i++) {
            try {
                return driver.connect("jdbc:hive2://127.0.0.1:" + port + "/default", new Properties());
            } catch (SQLException e) {
                if (i == 2 * SECONDS || !server.isAlive()) {
                    throw new AssertionError(Files.readString(directory.resolve("output")), e);
                }
                Thread.sleep(500);
            }
        }
    }

    private static URL[] jars(Distribution spark) throws IOException {
        try (Stream<Path> files = Files.list(spark.home().resolve("jars"))) {
            List<URL> urls = new ArrayList<>();
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".jar")).toList()) {
                urls.add(file.toUri().toURL());
            }
            return urls.toArray(URL[]::new);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
