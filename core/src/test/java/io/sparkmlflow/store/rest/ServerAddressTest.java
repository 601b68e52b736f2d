package io.sparkmlflow.store.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.credentials.Credentials;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerAddressTest {
    private static MlflowConfig config(String... environment) {
        Map<String, String> variables = new java.util.HashMap<>();
        for (int i = 0; i < environment.length; i += 2) {
            variables.put(environment[i], environment[i + 1]);
        }
        return MlflowConfig.of(key -> null, variables);
    }

    @ParameterizedTest
    @CsvSource({
        "http://host:5000,http://host:5000",
        "HTTP://host:5000/,http://host:5000",
        "https://host/a/b//,https://host/a/b",
        "https://jane:p%40ss@host/a?x=y#z,https://host/a",
        "http://jane:p@ss@host:1,http://host:1",
        "http://[::1]:5000,http://[::1]:5000",
    })
    void keepsSchemeHostPortAndPath(String uri, String base) {
        ServerAddress address = ServerAddress.parse(uri, config());
        assertThat(address.base()).isEqualTo(base);
        assertThat(address).hasToString(base);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://jane:s3cret@host",
                "host:5000",
                "http://jane:s3/cret@host",
                "http://my_host",
                "",
                "http://"
            })
    void refusesWhatIsNoServerWithoutShowingThePassword(String uri) {
        assertThatThrownBy(() -> ServerAddress.parse(uri, config()))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("expected http://host:port")
                .hasMessageNotContaining("s3")
                .hasMessageNotContaining("cret");
    }

    @Test
    void credentialsInTheUriAreUsedWhenTheConfigurationHasNone() {
        assertThat(ServerAddress.parse("http://bob:p%2Bs+@host", config()).credentials())
                .isEqualTo(new Credentials.Basic("bob", "p+s+"));
        assertThat(ServerAddress.parse("http://bob:x@host", config("MLFLOW_TRACKING_TOKEN", "t0ken"))
                        .credentials())
                .isEqualTo(new Credentials.Bearer("t0ken"));
        assertThat(ServerAddress.parse("http://host", config()).credentials()).isEqualTo(Credentials.NONE);
    }

    @Test
    void theServerOfTheTrackingUriIsKnownWithoutItsUserName() {
        MlflowConfig config = config("MLFLOW_TRACKING_URI", "http://bob:x@host:5000/p");
        assertThat(ServerAddress.parse("http://host:5000/p", config).credentials())
                .isEqualTo(new Credentials.Basic("bob", "x"));
        assertThat(ServerAddress.parse("http://host:5001/p", config).credentials())
                .isEqualTo(Credentials.NONE);
        assertThat(ServerAddress.parse("https://host:5000/p", config).credentials())
                .isEqualTo(Credentials.NONE);
    }

    @Test
    void anotherHostIsAskedWithoutCredentials() {
        ServerAddress address = ServerAddress.parse("http://bob:x@host:5000/p", config());
        assertThat(address.anonymousAt("other:5000").credentials()).isEqualTo(Credentials.NONE);
        assertThat(address.anonymousAt("other:5000").base()).isEqualTo("http://other:5000/p");
        assertThat(address.anonymousAt("HOST:5000").credentials()).isNotEqualTo(Credentials.NONE);
    }

    @Test
    void databricksNamesTheWorkspace() {
        ServerAddress address = ServerAddress.parse(
                "databricks", config("DATABRICKS_HOST", "https://w.example/", "DATABRICKS_TOKEN", "dapi"));
        assertThat(address.base()).isEqualTo("https://w.example");
        assertThat(address.uri()).isEqualTo("databricks");
        assertThat(address.credentials()).isEqualTo(new Credentials.Bearer("dapi"));
    }
}
