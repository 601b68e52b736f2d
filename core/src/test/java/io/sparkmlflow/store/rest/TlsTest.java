package io.sparkmlflow.store.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.testing.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TlsTest {
    private static final String EXPERIMENT = "{\"experiment\": {\"experiment_id\": \"7\", \"name\": \"e\","
            + " \"artifact_location\": \"mlflow-artifacts:/7\", \"lifecycle_stage\": \"active\"}}";

    @TempDir
    static Path folder;

    private static TestCertificate localhost;
    private static TestCertificate elsewhere;
    private static TestCertificate rsaClient;
    private static TestCertificate ecClient;

    @BeforeAll
    static void makeCertificates() throws Exception {
        localhost = TestCertificate.make(folder, "localhost", "RSA", "dns:localhost,ip:127.0.0.1");
        elsewhere = TestCertificate.make(folder, "elsewhere", "EC", "dns:elsewhere.example");
        rsaClient = TestCertificate.make(folder, "rsa-client", "RSA", "dns:client");
        ecClient = TestCertificate.make(folder, "ec-client", "EC", "dns:client");
    }

    private HttpsServer server;

    @org.junit.jupiter.api.AfterEach
    void stopServer() {
        if (server != null) {
            server.stop(0);
        }
    }

    /** Starts a server; it asks for the certificates of clients if it trusts any. */
    private String serve(TestCertificate certificate, TestCertificate... clients) throws Exception {
        SSLContext context = certificate.serverContext(clients);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters tls = context.getDefaultSSLParameters();
                tls.setNeedClientAuth(clients.length > 0);
                parameters.setSSLParameters(tls);
            }
        });
        server.createContext("/", exchange -> {
            byte[] body = EXPERIMENT.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return "https://127.0.0.1:" + server.getAddress().getPort();
    }

    private static String ask(String uri, String... environment) {
        Map<String, String> variables = new HashMap<>(Map.of("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"));
        for (int i = 0; i < environment.length; i += 2) {
            variables.put(environment[i], environment[i + 1]);
        }
        try (RestTrackingStore store = RestTrackingStore.open(uri, MlflowConfig.of(key -> null, variables))) {
            return store.getExperiment("7").name();
        }
    }

    private static Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void anUnknownServerIsNotTrusted() throws Exception {
        String uri = serve(localhost);
        assertThatThrownBy(() -> ask(uri)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void theAuthorityInTheBundleIsTrusted() throws Exception {
        String uri = serve(localhost);
        Path bundle = write("bundle.pem", "# né\n" + elsewhere.certificatePem() + "\n" + localhost.certificatePem());
        assertThat(ask(uri, "MLFLOW_TRACKING_SERVER_CERT_PATH", bundle.toString()))
                .isEqualTo("e");
        Path other = write("other.pem", elsewhere.certificatePem());
        assertThatThrownBy(() -> ask(uri, "MLFLOW_TRACKING_SERVER_CERT_PATH", other.toString()))
                .isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void theBundleMayBeADirectory() throws Exception {
        Path directory = Files.createDirectories(folder.resolve("authorities"));
        Files.writeString(directory.resolve("a.crt"), elsewhere.certificatePem());
        Files.writeString(directory.resolve("b.0"), localhost.certificatePem());
        Files.writeString(directory.resolve("README"), "nothing");
        assertThat(ask(serve(localhost), "MLFLOW_TRACKING_SERVER_CERT_PATH", directory.toString()))
                .isEqualTo("e");
    }

    @Test
    void aTrustedServerUnderAnotherNameIsNotTrusted() throws Exception {
        Path bundle = write("elsewhere.pem", elsewhere.certificatePem());
        String uri = serve(elsewhere);
        assertThatThrownBy(() -> ask(uri, "MLFLOW_TRACKING_SERVER_CERT_PATH", bundle.toString()))
                .isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void insecureTrustsAnyServerUnderAnyName() throws Exception {
        String uri = serve(elsewhere);
        assertThat(ask(uri, "MLFLOW_TRACKING_INSECURE_TLS", "true")).isEqualTo("e");
        assertThatThrownBy(() -> ask(uri)).isInstanceOf(StoreUnavailableException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa pkcs8", "rsa pkcs1", "ec pkcs8", "ec sec1"})
    void theClientPresentsItsCertificate(String form) throws Exception {
        TestCertificate client = form.startsWith("rsa") ? rsaClient : ecClient;
        String key = form.endsWith("pkcs8") ? client.keyPem() : client.olderKeyPem();
        Path file = write(form.replace(' ', '-') + ".pem", key + client.certificatePem());
        Path bundle = write("server.pem", localhost.certificatePem());
        String uri = serve(localhost, rsaClient, ecClient);
        assertThat(ask(
                        uri,
                        "MLFLOW_TRACKING_SERVER_CERT_PATH",
                        bundle.toString(),
                        "MLFLOW_TRACKING_CLIENT_CERT_PATH",
                        file.toString()))
                .isEqualTo("e");
        assertThatThrownBy(() -> ask(uri, "MLFLOW_TRACKING_SERVER_CERT_PATH", bundle.toString()))
                .isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void filesThatDoNotServeAreNamed() throws Exception {
        String nothing = write("nothing.pem", "nothing").toString();
        String noKey = write("no-key.pem", rsaClient.certificatePem()).toString();
        String wrongKey = write("wrong.pem", rsaClient.certificatePem() + ecClient.keyPem())
                .toString();
        String locked = write(
                        "locked.pem",
                        rsaClient.certificatePem() + rsaClient.keyPem().replace("PRIVATE", "ENCRYPTED PRIVATE"))
                .toString();
        assertUnusable("MLFLOW_TRACKING_SERVER_CERT_PATH", nothing, "at least one certificate");
        assertUnusable("MLFLOW_TRACKING_SERVER_CERT_PATH", nothing + ".missing", "may read");
        assertUnusable("MLFLOW_TRACKING_CLIENT_CERT_PATH", nothing, "the client's certificate");
        assertUnusable("MLFLOW_TRACKING_CLIENT_CERT_PATH", noKey, "private key");
        assertUnusable("MLFLOW_TRACKING_CLIENT_CERT_PATH", wrongKey, "belongs to the certificate");
        assertUnusable("MLFLOW_TRACKING_CLIENT_CERT_PATH", locked, "encrypted");
    }

    private static void assertUnusable(String variable, String file, String expected) {
        assertThatThrownBy(() -> ask("https://127.0.0.1:1", variable, file))
                .isInstanceOf(MlflowException.class)
                .isNotInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining(file)
                .hasMessageContaining(expected)
                .hasMessageContaining(variable);
    }

    @Test
    void trustingEveryoneAndOnlySomeIsAContradiction() {
        assertThatThrownBy(() -> ask(
                        "https://127.0.0.1:1",
                        "MLFLOW_TRACKING_INSECURE_TLS",
                        "true",
                        "MLFLOW_TRACKING_SERVER_CERT_PATH",
                        "x"))
                .hasMessageContaining("set one of them");
    }

    @AfterAll
    static void forgetCertificates() {
        localhost = null;
        elsewhere = null;
        rsaClient = null;
        ecClient = null;
    }
}
