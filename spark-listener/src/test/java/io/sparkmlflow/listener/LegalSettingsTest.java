package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LegalSettingsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            spark.mlflow.autolog.logModels   | yes  | true or false                            | true
            spark.mlflow.autolog.logDatasets | yes  | true or false                            | true
            spark.mlflow.autolog.extraTags   | team | a JSON object such as {"team": "churn"} | {}
            spark.mlflow.autolog.logInputExamples | 5 | true or false                          | false
            spark.mlflow.instrumentation     | full | one of auto, off                         | auto
            spark.mlflow.metrics             | all  | one of summary, stages, off              | summary
            spark.mlflow.flushTimeoutSeconds | 10s  | a whole number that is not negative      | 10
            spark.mlflow.queueCapacity       | -1   | a whole number that is not negative      | 10000
            spark.mlflow.http.timeoutSeconds | 0    | a whole number of seconds, at least 1    | 120
            spark.mlflow.http.maxRetries     | many | a whole number that is not negative      | 7
            """)
    void aValueThatIsNoneIsNamedAndTheDefaultHolds(String key, String value, String expected, String fallback) {
        LegalSettings settings = LegalSettings.of(MlflowConfig.of(asked -> asked.equals(key) ? value : null, Map.of()));

        assertThat(settings.complaints())
                .containsExactly("'" + value + "' is not a value for " + key + ": expected " + expected
                        + ". It is taken as " + fallback + ": correct it, or leave it out for " + fallback);
        Setting setting = java.util.Arrays.stream(Setting.values())
                .filter(candidate -> key.equals(candidate.sparkKey()))
                .findFirst()
                .orElseThrow();
        assertThat(settings.config().find(setting)).contains(fallback);
    }

    @Test
    void whoeverWritesAnythingAboutEnabledButTrueIsNotTracked() {
        LegalSettings settings =
                LegalSettings.of(MlflowConfig.of(key -> key.equals("spark.mlflow.enabled") ? "no" : null, Map.of()));

        assertThat(settings.config().isOn(Setting.ENABLED)).isFalse();
        assertThat(settings.complaints())
                .containsExactly("'no' is not a value for spark.mlflow.enabled: expected true or false. It is taken as"
                        + " false: correct it, or leave it out for true");
    }

    @Test
    void aVariableIsNamedAsItIsSet() {
        LegalSettings settings =
                LegalSettings.of(MlflowConfig.of(key -> null, Map.of("MLFLOW_HTTP_REQUEST_TIMEOUT", "2m")));

        assertThat(settings.complaints()).singleElement().asString().startsWith("'2m' is not a value for MLFLOW_HTTP");
    }

    @Test
    void severalMistakesAreAllNamedAndNothingElseIs() {
        Map<String, String> conf = Map.of(
                "spark.mlflow.metrics", "All",
                "spark.mlflow.queueCapacity", "1e4",
                "spark.mlflow.instrumentation", "OFF",
                "spark.mlflow.enabled", "1");

        assertThat(LegalSettings.of(MlflowConfig.of(conf::get, Map.of())).complaints())
                .hasSize(2)
                .anyMatch(complaint -> complaint.contains("spark.mlflow.metrics"))
                .anyMatch(complaint -> complaint.contains("spark.mlflow.queueCapacity"));
    }
}
