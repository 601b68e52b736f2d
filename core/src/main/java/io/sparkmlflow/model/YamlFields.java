package io.sparkmlflow.model;

import io.sparkmlflow.MlflowException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Takes the known keys out of a YAML mapping; what remains is unknown. */
final class YamlFields {
    private final Map<String, Object> fields;
    private final String file;

    private YamlFields(Map<String, Object> fields, String file) {
        this.fields = fields;
        this.file = file;
    }

    static YamlFields of(String yaml, String file) {
        return new YamlFields(PythonYaml.readMapping(yaml, "The file " + file), file);
    }

    /** Takes a text, or a number that someone forgot to quote. Returns {@code null} if there is none. */
    String takeText(String key) {
        Object value = fields.remove(key);
        return value == null ? null : text(key, value);
    }

    List<String> takeTexts(String key) {
        return texts(key, takeList(key));
    }

    List<?> takeList(String key) {
        Object value = fields.remove(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            throw MlflowException.invalidParameter(
                    "The key '" + key + "' in " + file + " must be a list, but is: " + PythonJson.shortened(value));
        }
        return list;
    }

    List<String> texts(String key, List<?> values) {
        List<String> texts = new ArrayList<>();
        values.forEach(value -> texts.add(text(key, value)));
        return texts;
    }

    Map<String, Object> remaining() {
        return fields;
    }

    private String text(String key, Object value) {
        if (value instanceof String || value instanceof Number) {
            return value.toString();
        }
        throw MlflowException.invalidParameter(
                "The key '" + key + "' in " + file + " must be text, but is: " + PythonJson.shortened(value));
    }
}
