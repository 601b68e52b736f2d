package io.sparkmlflow.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MlflowConfigTest {
    @Test
    void aSparkConfWinsOverTheEnvironmentWhichWinsOverTheDefault() {
        Map<String, String> environment =
                Map.of("MLFLOW_TRACKING_URI", "http://env", "MLFLOW_HTTP_REQUEST_TIMEOUT", "5");
        MlflowConfig config =
                MlflowConfig.of(key -> key.equals("spark.mlflow.trackingUri") ? "http://conf" : null, environment);

        assertThat(config.find(Setting.TRACKING_URI)).contains("http://conf");
        assertThat(config.seconds(Setting.HTTP_TIMEOUT_SECONDS)).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.count(Setting.HTTP_MAX_RETRIES)).isEqualTo(7);
        assertThat(config.find(Setting.EXPERIMENT_NAME)).isEmpty();
    }

    @Test
    void blankCountsAsNotSet() {
        MlflowConfig config = MlflowConfig.of(key -> " ", Map.of("MLFLOW_RUN_NAME", ""));

        assertThat(config.find(Setting.RUN_NAME)).isEmpty();
        assertThat(config.isOn(Setting.ENABLED)).isTrue();
    }

    @Test
    void anOverrideWinsOverAll() {
        MlflowConfig config = MlflowConfig.of(key -> "from conf", Map.of()).with(Setting.RUN_NAME, "mine");

        assertThat(config.find(Setting.RUN_NAME)).contains("mine");
    }

    @Test
    void namesTheSettingThatHasAnIllegalValue() {
        MlflowConfig config = MlflowConfig.of(key -> "maybe", Map.of());

        assertThatThrownBy(() -> config.isOn(Setting.ENABLED))
                .isInstanceOf(MlflowException.class)
                .hasMessage("'maybe' is not a value for spark.mlflow.enabled: expected true or false");
        assertThatThrownBy(() -> config.count(Setting.QUEUE_CAPACITY))
                .hasMessageContaining("'maybe'")
                .hasMessageContaining("spark.mlflow.queueCapacity");
        MlflowConfig variables = MlflowConfig.of(key -> null, Map.of("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "often"));
        assertThatThrownBy(() -> variables.count(Setting.HTTP_MAX_RETRIES))
                .hasMessage(
                        "'often' is not a value for MLFLOW_HTTP_REQUEST_MAX_RETRIES: expected a whole number that is"
                                + " not negative");
    }

    @ParameterizedTest
    @CsvSource({
        "http://u:p@h:5000/x,http://h:5000/x",
        "http://u:p@ss@h/x,http://h/x",
        "postgresql://u:pa/ss@h/db,postgresql://h/db",
        "postgresql://u:pa/s@s@h/db,postgresql://h/db",
        "http://token@h,http://h",
        "http://h:5000/a@b,http://h:5000/a@b",
        "s3a://bucket/user@example.org/x,s3a://bucket/user@example.org/x",
        "see http://u:p@h/x and https://v:q@i/y,see http://h/x and https://i/y",
    })
    void hidesUsersAndPasswordsAndNothingElse(String text, String shown) {
        assertThat(MlflowConfig.withoutUserInfo(text)).isEqualTo(shown);
    }
}
