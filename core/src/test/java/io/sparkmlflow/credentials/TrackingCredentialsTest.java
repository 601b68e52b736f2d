package io.sparkmlflow.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrackingCredentialsTest {
    private static final Credentials FROM_URI = new Credentials.Basic("uri", "u");

    @TempDir
    Path home;

    private Credentials find(Credentials fromUri, String... environment) {
        Map<String, String> variables = new HashMap<>(Map.of("HOME", home.toString()));
        for (int i = 0; i < environment.length; i += 2) {
            variables.put(environment[i], environment[i + 1]);
        }
        return TrackingCredentials.find(MlflowConfig.of(key -> null, variables), "mlflow.example", fromUri);
    }

    private void credentialsFile(String text) throws IOException {
        Files.createDirectories(home.resolve(".mlflow"));
        Files.writeString(home.resolve(".mlflow/credentials"), text);
    }

    private void netrc(String text) throws IOException {
        Files.writeString(home.resolve(".netrc"), text);
    }

    @Test
    void thereAreNoneWhenNothingIsSet() {
        assertThat(find(null)).isEqualTo(Credentials.NONE);
    }

    @Test
    void aWayOfAuthenticationThatIsNotSupportedIsRefusedAndNotLeftOut() {
        assertThatThrownBy(() -> find(FROM_URI, "MLFLOW_TRACKING_AWS_SIGV4", "true"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("MLFLOW_TRACKING_AWS_SIGV4");
        assertThatThrownBy(() -> find(FROM_URI, "MLFLOW_TRACKING_AUTH", "kubernetes"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("'kubernetes'");
        assertThat(find(FROM_URI, "MLFLOW_TRACKING_AWS_SIGV4", "false")).isEqualTo(FROM_URI);
    }

    @Test
    void eachPlaceIsAskedWhenThoseBeforeItHaveNothing() throws IOException {
        netrc("machine mlflow.example login net password n");
        assertThat(find(null)).isEqualTo(new Credentials.Basic("net", "n"));
        assertThat(find(FROM_URI)).isEqualTo(FROM_URI);
        assertThat(find(FROM_URI, "MLFLOW_TRACKING_TOKEN", "t0ken")).isEqualTo(new Credentials.Bearer("t0ken"));
        credentialsFile("[mlflow]\nmlflow_tracking_username = file\nmlflow_tracking_password = f");
        assertThat(find(FROM_URI, "MLFLOW_TRACKING_TOKEN", "t0ken")).isEqualTo(new Credentials.Basic("file", "f"));
        assertThat(find(FROM_URI, "MLFLOW_TRACKING_USERNAME", "env", "MLFLOW_TRACKING_PASSWORD", "e"))
                .isEqualTo(new Credentials.Basic("env", "e"));
    }

    @Test
    void aUserNameWithoutPasswordIsCompletedFromTheFileOrNotUsed() throws IOException {
        assertThat(find(null, "MLFLOW_TRACKING_USERNAME", "env", "MLFLOW_TRACKING_TOKEN", "t0ken"))
                .isEqualTo(new Credentials.Bearer("t0ken"));
        credentialsFile("[mlflow]\nmlflow_tracking_password: f%%=:x # y\n");
        assertThat(find(null, "MLFLOW_TRACKING_USERNAME", "env")).isEqualTo(new Credentials.Basic("env", "f%=:x # y"));
    }

    @Test
    void fileOfOtherThingsIsPassedOver() throws IOException {
        credentialsFile("# comment\nkey = before any section\n\n[other]\nmlflow_tracking_username = x\nnonsense\n");
        assertThat(find(null)).isEqualTo(Credentials.NONE);
    }

    @Test
    void fileThatIsNoTextIsNamedButNotShown() throws IOException {
        credentialsFile("");
        Files.write(home.resolve(".mlflow/credentials"), new byte[] {'s', '3', 'c', (byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> find(null))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("credentials'")
                .hasMessageNotContaining("s3c")
                .hasNoCause();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "machine mlflow.example login a password b|a|b",
                "machine other login x password y machine MLFLOW.example user a password b|a|b",
                "default login d password e|d|e",
                "default login d password e machine mlflow.example login a password b|a|b",
                "machine mlflow.example password \"b c\\\"\" login \"a\"|a|b c\"",
                "machine mlflow.example account a password b#c|a|b#c",
                "machine mlflow.example login a password login|a|login",
            })
    void netrcIsReadAsCurlAndPythonReadIt(String text, String user, String password) throws IOException {
        netrc("# machine mlflow.example login no password no\n" + text.replace(" password", "\n\tpassword"));
        assertThat(find(null)).isEqualTo(new Credentials.Basic(user, password));
    }

    @Test
    void netrcMacrosAreLeftOut() throws IOException {
        netrc(
                "macdef init\nmachine mlflow.example login no password no\n\nmachine mlflow.example login a password b\n");
        assertThat(find(null)).isEqualTo(new Credentials.Basic("a", "b"));
    }

    @Test
    void netrcOfOtherHostsSaysNothing() throws IOException {
        netrc("machine example login a password b\nmachine mlflow.example.com login a password b\nmachine");
        assertThat(find(null)).isEqualTo(Credentials.NONE);
    }

    @Test
    void theVariableNetrcNamesAnotherFile() throws IOException {
        netrc("default login home password h");
        Files.writeString(home.resolve("mine"), "default login mine password m");
        assertThat(find(null, "NETRC", "~/mine")).isEqualTo(new Credentials.Basic("mine", "m"));
        assertThat(find(null, "NETRC", home.resolve("missing").toString())).isEqualTo(Credentials.NONE);
    }

    @Test
    void theTextOfCredentialsShowsNoSecret() {
        assertThat(new Credentials.Basic("jane", "s3cret").toString())
                .contains("jane")
                .doesNotContain("s3cret");
        assertThat(new Credentials.Bearer("s3cret").toString()).doesNotContain("s3cret");
        assertThat(new Credentials.OAuthClient("id", "s3cret").toString())
                .contains("id")
                .doesNotContain("s3cret");
    }
}
