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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabricksWorkspaceTest {
    @TempDir
    Path home;

    @BeforeEach
    void writeFile() throws IOException {
        Files.writeString(home.resolve(".databrickscfg"), """
                [DEFAULT]
                host = https://default.example
                token = dapi-default

                [prod]
                host = prod.example/?o=123
                client_id = id
                client_secret = s3%%cret

                [old]
                host = https://old.example/
                username = jane
                password = s3cret
                [empty]
                host =
                [both]
                host = https://both.example
                token = dapi-both
                username = jane
                password = s3cret
                auth_type = basic
                [azure]
                host = https://azure.example
                auth_type = azure-cli
                """);
    }

    private DatabricksWorkspace find(String uri, String... environment) {
        Map<String, String> variables = new HashMap<>(Map.of("HOME", home.toString()));
        for (int i = 0; i < environment.length; i += 2) {
            variables.put(environment[i], environment[i + 1]);
        }
        return DatabricksWorkspace.find(uri, MlflowConfig.of(key -> null, variables));
    }

    private static DatabricksWorkspace workspace(String uri, String host, Credentials credentials) {
        return new DatabricksWorkspace(uri, host, credentials);
    }

    @ParameterizedTest
    @CsvSource({
        "databricks,true",
        "Databricks://prod,true",
        "databricks-uc,false",
        "databricks-uc://prod,false",
        "databricksx,false",
        "http://databricks,false"
    })
    void knowsItsUris(String uri, boolean expected) {
        assertThat(DatabricksWorkspace.isNamedBy(uri)).isEqualTo(expected);
    }

    @Test
    void variablesComeFirst() {
        assertThat(find("databricks", "DATABRICKS_HOST", "https://env.example", "DATABRICKS_TOKEN", "dapi-env"))
                .isEqualTo(workspace("databricks", "https://env.example", new Credentials.Bearer("dapi-env")));
    }

    @Test
    void theDefaultProfileServesWhenNoVariableIsSet() {
        assertThat(find("databricks"))
                .isEqualTo(workspace("databricks", "https://default.example", new Credentials.Bearer("dapi-default")));
    }

    @Test
    void theFileMayNameItsDefaultProfile() throws IOException {
        Path other = Files.writeString(
                home.resolve("other"),
                "[__settings__]\ndefault_profile = b\n[a]\nhost = https://a\ntoken = a\n[b]\nhost = https://b\ntoken = b\n");
        assertThat(find("databricks", "DATABRICKS_CONFIG_FILE", other.toString())
                        .host())
                .isEqualTo("https://b");
    }

    @Test
    void theProfileInTheUriIsNotMixedWithVariables() {
        assertThat(find("databricks://prod", "DATABRICKS_HOST", "https://evil.example", "DATABRICKS_TOKEN", "t"))
                .isEqualTo(workspace(
                        "databricks://prod", "https://prod.example", new Credentials.OAuthClient("id", "s3%%cret")));
    }

    @Test
    void theProfileInTheEnvironmentFillsWhatVariablesLeaveOpen() {
        assertThat(find("databricks", "DATABRICKS_CONFIG_PROFILE", "old"))
                .isEqualTo(workspace("databricks", "https://old.example", new Credentials.Basic("jane", "s3cret")));
        assertThat(find("databricks", "DATABRICKS_CONFIG_PROFILE", "old", "DATABRICKS_TOKEN", "dapi-env"))
                .isEqualTo(workspace("databricks", "https://old.example", new Credentials.Bearer("dapi-env")));
    }

    @Test
    void authTypeChoosesAmongSeveral() {
        assertThat(find("databricks://both").credentials()).isEqualTo(new Credentials.Basic("jane", "s3cret"));
        assertThatThrownBy(() -> find("databricks://azure"))
                .hasMessageContaining("'azure-cli'")
                .hasMessageContaining("oauth-m2m");
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> find("databricks://nobody"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("no profile 'nobody' in ~/.databrickscfg");
        assertThatThrownBy(() -> find("databricks://empty")).hasMessageContaining("needs the workspace's address");
        assertThatThrownBy(() -> find("databricks", "DATABRICKS_HOST", "https://env.example"))
                .hasMessageContaining("needs a token")
                .hasMessageContaining("DATABRICKS_TOKEN");
        assertThatThrownBy(
                        () -> find("databricks", "HOME", home.resolve("nowhere").toString()))
                .hasMessageContaining("DATABRICKS_HOST");
        assertThatThrownBy(() -> find("databricks://__settings__")).hasMessageContaining("no profile");
    }
}
