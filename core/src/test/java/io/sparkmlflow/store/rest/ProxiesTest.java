package io.sparkmlflow.store.rest;

import static io.sparkmlflow.testing.FaultServer.json;
import static io.sparkmlflow.testing.FaultServer.reply;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ProxiesTest {
    private static final String EXPERIMENT = "{\"experiment\": {\"experiment_id\": \"7\", \"name\": \"e\","
            + " \"artifact_location\": \"mlflow-artifacts:/7\", \"lifecycle_stage\": \"active\"}}";

    private static MlflowConfig config(String... environment) {
        Map<String, String> variables = new HashMap<>(Map.of("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0"));
        for (int i = 0; i < environment.length; i += 2) {
            variables.put(environment[i], environment[i + 1]);
        }
        return MlflowConfig.of(key -> null, variables);
    }

    private static String chosen(String uri, String... environment) {
        return Proxies.from(config(environment)).select(URI.create(uri)).get(0).toString();
    }

    @Test
    void eachSchemeHasItsProxy() {
        String[] environment = {"http_proxy", "http://plain:3128", "HTTPS_PROXY", "secure"};
        assertThat(chosen("http://host", environment)).contains("plain").contains("3128");
        assertThat(chosen("https://host", environment)).contains("secure").contains("80");
        assertThat(chosen("https://host", "all_proxy", "http://all:1")).contains("all");
        assertThat(chosen("http://host", "https_proxy", "http://secure:1")).isEqualTo("DIRECT");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "example.com|http://example.com|true",
                "example.com|http://a.EXAMPLE.com:5000|true",
                ".example.com|http://example.com|true",
                "example.com|http://badexample.com|false",
                "other, example.com:5000|http://example.com:5000|true",
                "example.com:5000|http://example.com:5001|false",
                "10.1.2.3|http://10.1.2.3:5000|true",
                "2.3|http://10.1.2.3:5000|false",
                "10.0.0.0/8|http://10.1.2.3|true",
                "10.0.0.0/8|http://11.1.2.3|false",
                "0.0.0.0/0|http://11.1.2.3|true",
                "10.0.0.0/x|http://10.1.2.3|false",
                "*|http://anything|true",
            })
    void someHostsAreAskedDirectly(String noProxy, String uri, boolean direct) {
        String chosen = chosen(uri, "http_proxy", "http://proxy:1", "no_proxy", noProxy);
        assertThat(chosen.equals("DIRECT")).as(chosen).isEqualTo(direct);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"socks5://jane:s3cret@host:1", "https://jane:s3cret@host:1", "http://jane:s3cret@", "http://["})
    void aProxyOfAnotherKindIsRefusedWithoutShowingThePassword(String uri) {
        assertThatThrownBy(() -> Proxies.from(config("http_proxy", uri)))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("http_proxy")
                .hasMessageContaining("expected http://host:port")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void theProxyIsAskedForTheServer() throws IOException {
        try (FaultServer proxy = FaultServer.start()) {
            proxy.then(json(EXPERIMENT));
            String uri = proxy.uri().replace("//", "//jane:s3%20cret@");
            try (RestTrackingStore store =
                    RestTrackingStore.open("http://mlflow.invalid:5000", config("http_proxy", uri))) {
                assertThat(store.getExperiment("7").name()).isEqualTo("e");
            }
            FaultServer.Request request = proxy.requests().get(0);
            assertThat(request.target()).startsWith("http://mlflow.invalid:5000/api/2.0/");
            assertThat(request.headers()).containsEntry("proxy-authorization", "Basic amFuZTpzMyBjcmV0");
        }
    }

    @Test
    void aServerBehindTlsIsAskedThroughATunnel() throws IOException {
        try (FaultServer proxy = FaultServer.start()) {
            proxy.then(reply(407, "text/plain", "who are you", "Proxy-Authenticate: Basic realm=\"x\""));
            try (RestTrackingStore store =
                    RestTrackingStore.open("https://mlflow.invalid", config("https_proxy", proxy.uri()))) {
                assertThatThrownBy(() -> store.getExperiment("7"))
                        .hasMessageContaining("407")
                        .hasMessageContaining("https_proxy");
            }
            assertThat(proxy.requests().get(0).method()).isEqualTo("CONNECT");
            assertThat(proxy.requests().get(0).target()).isEqualTo("mlflow.invalid:443");
        }
    }
}
