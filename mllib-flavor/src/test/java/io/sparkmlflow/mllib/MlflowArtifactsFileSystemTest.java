package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class MlflowArtifactsFileSystemTest {
    private static final Path ROOT = new Path("mlflow-artifacts:/1/model");

    @Test
    void asksTheServerThatIsNamedNow() throws IOException {
        Configuration hadoop = new Configuration();
        MlflowArtifactsFileSystem.register(hadoop);
        try (Server first = new Server();
                Server second = new Server()) {
            hadoop.set(MlflowArtifactsFileSystem.TRACKING_URI, first.uri());
            ROOT.getFileSystem(hadoop).exists(ROOT);
            int asked = first.requests.get();
            hadoop.set(MlflowArtifactsFileSystem.TRACKING_URI, second.uri());
            ROOT.getFileSystem(hadoop).exists(ROOT);

            assertThat(asked).isPositive();
            assertThat(first.requests).hasValue(asked);
            assertThat(second.requests).hasPositiveValue();
        }
    }

    @Test
    void canBeSwitchedOffForUrisWithoutAHost() throws IOException {
        Configuration hadoop = new Configuration();
        MlflowArtifactsFileSystem.register(hadoop);
        hadoop.set(MlflowArtifactsFileSystem.TRACKING_URI, "off");
        try (Server server = new Server()) {
            Path withHost = new Path(MlflowArtifactsFileSystem.withAuthority(ROOT.toString(), server.uri()));
            MlflowArtifactsFileSystem.setTrackingUri(hadoop, withHost.toString(), server.uri());

            assertThatThrownBy(() -> ROOT.getFileSystem(hadoop))
                    .isInstanceOf(IOException.class)
                    .hasMessage(
                            "mlflow-artifacts:/ without a host is switched off by fs.mlflow-artifacts.tracking.uri=off");
            assertThat(withHost.getFileSystem(hadoop).exists(withHost)).isFalse();
            assertThat(server.requests).hasPositiveValue();
        }
    }

    @Test
    void refusesAServerThatOnlyOneSessionNames() {
        SparkSession spark = TestSpark.session();
        spark.conf().set("spark.mlflow.trackingUri", "http://user:secret@elsewhere:5000");
        SparkSession.setActiveSession(spark);
        Configuration hadoop = new Configuration();
        MlflowArtifactsFileSystem.register(hadoop);
        try {
            assertThatThrownBy(() -> ROOT.getFileSystem(hadoop))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("set fs.mlflow-artifacts.tracking.uri in the application's Hadoop settings to"
                            + " http://elsewhere:5000");
        } finally {
            spark.conf().unset("spark.mlflow.trackingUri");
        }
    }

    @Test
    void takesUrisAsTheArtifactStoreDoes() {
        String server = "https://host:8443";

        assertThat(MlflowArtifactsFileSystem.withAuthority("mlflow-artifacts:/1/a b", server))
                .isEqualTo("mlflow-artifacts://host:8443/1/a b");
        assertThat(MlflowArtifactsFileSystem.withAuthority("mlflow-artifacts:/1/50% off", server))
                .isEqualTo("mlflow-artifacts://host:8443/1/50% off");
        assertThat(MlflowArtifactsFileSystem.withAuthority("mlflow-artifacts://other/a%20b", server))
                .isEqualTo("mlflow-artifacts://other/a b");
    }

    /** A server without artifacts. */
    private static final class Server implements AutoCloseable {
        private final AtomicInteger requests = new AtomicInteger();
        private final HttpServer server;

        Server() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", exchange -> {
                requests.incrementAndGet();
                byte[] answer = "{\"files\": []}".getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
                exchange.close();
            });
            server.start();
        }

        String uri() {
            return "http://localhost:" + server.getAddress().getPort();
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
