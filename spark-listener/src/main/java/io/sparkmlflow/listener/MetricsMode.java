package io.sparkmlflow.listener;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the application's run has metrics of: {@code spark.mlflow.metrics}. */
enum MetricsMode {
    /** The application as a whole. */
    SUMMARY,
    /** Each stage too. */
    STAGES,
    /** Nothing of Spark's. */
    OFF;

    private static final Logger LOG = LoggerFactory.getLogger(MetricsMode.class);

    /** Reads the setting; a value that is none of these is named in the log and taken for the default. */
    static MetricsMode of(MlflowConfig config) {
        String value = config.find(Setting.METRICS).orElseThrow().trim();
        for (MetricsMode mode : values()) {
            if (mode.name().equals(value.toUpperCase(Locale.ROOT))) {
                return mode;
            }
        }
        LOG.warn(
                "'{}' is not a value for {}: expected summary, stages or off; taken as summary",
                value,
                Setting.METRICS.sparkKey());
        return SUMMARY;
    }
}
