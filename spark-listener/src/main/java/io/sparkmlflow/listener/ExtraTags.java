package io.sparkmlflow.listener;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tags that the user wants on every run that the listener makes, as {@code extra_tags} of Python's autolog.
 *
 * <p>Read while a {@code SparkContext} starts, and loading the JSON library takes a seventh of a second: nobody's start waits for
 * it who sets no tags.
 */
final class ExtraTags {
    private ExtraTags() {}

    /** Reads a setting that is a JSON object. Throws if it is something else. */
    static Map<String, String> of(MlflowConfig config) {
        return of(config, Setting.AUTOLOG_EXTRA_TAGS);
    }

    static Map<String, String> of(MlflowConfig config, Setting setting) {
        String text = config.find(setting).orElse("{}");
        return text.equals("{}") ? Map.of() : read(text, config, setting);
    }

    private static Map<String, String> read(String text, MlflowConfig config, Setting setting) {
        Map<String, String> tags = new LinkedHashMap<>();
        JsonNode object = parse(text);
        if (object == null || !object.isObject()) {
            throw config.illegal(setting, "a JSON object such as {\"team\": \"churn\"}");
        }
        object.properties()
                .forEach(tag -> tags.put(
                        tag.getKey(),
                        tag.getValue().isTextual()
                                ? tag.getValue().asText()
                                : tag.getValue().toString()));
        return tags;
    }

    private static JsonNode parse(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException e) {
            return null;
        }
    }
}
