package io.sparkmlflow.listener;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.util.Locale;

/** What the application's run has metrics of: {@code spark.mlflow.metrics}. */
enum MetricsMode {
    /** The application as a whole. */
    SUMMARY,
    /** Each stage too. */
    STAGES,
    /** Nothing of Spark's. */
    OFF;

    /** Reads the setting, which has a legal value. */
    static MetricsMode of(MlflowConfig config) {
        return valueOf(config.find(Setting.METRICS).orElseThrow().trim().toUpperCase(Locale.ROOT));
    }
}
