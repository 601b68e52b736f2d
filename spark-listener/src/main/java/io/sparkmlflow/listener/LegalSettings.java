package io.sparkmlflow.listener;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;

/**
 * What the listener goes by: the settings as they are given, with the default in the place of a value that is none. So a mistake
 * costs a warning, and neither the application nor its tracking.
 *
 * @param config has legal values only
 * @param complaints one sentence for each setting that was replaced: its name, the value, what was expected, what holds now and
 *     what to do
 */
record LegalSettings(MlflowConfig config, List<String> complaints) {
    private static final List<String> INSTRUMENTATION = List.of("auto", "off");
    private static final List<String> METRICS = List.of("summary", "stages", "off");

    static LegalSettings of(MlflowConfig given) {
        LegalSettings settings = new LegalSettings(given, List.of());
        for (Setting setting : Setting.values()) {
            settings = settings.with(setting, checkOf(setting));
        }
        return settings;
    }

    /** Returns what throws if a setting that the listener uses has no legal value. */
    private static BiConsumer<MlflowConfig, Setting> checkOf(Setting setting) {
        return switch (setting) {
            case ENABLED,
                    AUTOLOG_MODELS,
                    AUTOLOG_DATASETS,
                    AUTOLOG_SIGNATURES,
                    AUTOLOG_INPUT_EXAMPLES,
                    AUTOLOG_POST_TRAINING_METRICS,
                    HTTP_RESPECT_RETRY_AFTER,
                    ALLOW_HTTP_REDIRECTS,
                    PROXY_MULTIPART_UPLOAD,
                    TRUNCATE_LONG_VALUES -> MlflowConfig::isOn;
            case FLUSH_TIMEOUT_SECONDS, QUEUE_CAPACITY, HTTP_MAX_RETRIES, HTTP_BACKOFF_FACTOR -> MlflowConfig::count;
            case HTTP_TIMEOUT_SECONDS -> LegalSettings::positive;
            case HTTP_BACKOFF_JITTER -> MlflowConfig::fractionalSeconds;
            case MULTIPART_UPLOAD_MINIMUM_FILE_SIZE, MULTIPART_UPLOAD_CHUNK_SIZE -> MlflowConfig::bytes;
            case AUTOLOG_EXTRA_TAGS -> ExtraTags::of;
            case INSTRUMENTATION -> (config, same) -> oneOf(config, same, INSTRUMENTATION);
            case METRICS -> (config, same) -> oneOf(config, same, METRICS);
            default -> (config, same) -> {};
        };
    }

    private LegalSettings with(Setting setting, BiConsumer<MlflowConfig, Setting> check) {
        try {
            check.accept(config, setting);
            return this;
        } catch (MlflowException e) {
            // Who says anything about tracking being on has most likely something against it.
            String instead = setting == Setting.ENABLED ? "false" : setting.defaultValue();
            List<String> all = new ArrayList<>(complaints);
            all.add(e.getMessage() + ". It is taken as " + instead + ": correct it, or leave it out for "
                    + setting.defaultValue());
            return new LegalSettings(config.with(setting, instead), List.copyOf(all));
        }
    }

    private static void positive(MlflowConfig config, Setting setting) {
        if (config.count(setting) == 0) {
            throw config.illegal(setting, "a whole number of seconds, at least 1");
        }
    }

    private static void oneOf(MlflowConfig config, Setting setting, List<String> values) {
        String value = config.find(setting).orElseThrow().trim().toLowerCase(Locale.ROOT);
        if (!values.contains(value)) {
            throw config.illegal(setting, "one of " + String.join(", ", values));
        }
    }
}
