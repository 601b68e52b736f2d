package io.sparkmlflow.store.file;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.PythonYaml;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A {@code meta.yaml}: a small YAML mapping that MLflow's Python wrote. */
record Meta(Path file, Map<String, Object> values) {
    static final String FILE_NAME = "meta.yaml";

    /** Reads the {@code meta.yaml} of a folder; empty if it has none. */
    static Optional<Meta> find(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        return StoreFolders.text(file).map(yaml -> new Meta(file, PythonYaml.readMapping(yaml, "The file " + file)));
    }

    /** Returns a text; {@code null} for none. */
    String text(String key) {
        Object value = values.get(key);
        return value == null ? null : value.toString();
    }

    /** Returns a text; if there is none, another one. */
    String text(String key, String otherwise) {
        String text = text(key);
        return text == null ? otherwise : text;
    }

    /** Returns a whole number; {@code null} for none. */
    Long number(String key) {
        String text = text(key);
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "The file " + file + " has '" + text + "' for " + key + ": expected a whole number",
                    e);
        }
    }

    /** Returns a whole number; if there is none, another one. */
    long number(String key, long otherwise) {
        Long number = number(key);
        return number == null ? otherwise : number;
    }

    /** Returns a mapping of texts; empty for none. */
    Map<String, String> texts(String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (values.get(key) instanceof Map<?, ?> map) {
            map.forEach((name, value) -> texts.put(String.valueOf(name), value == null ? "" : value.toString()));
        }
        return texts;
    }
}
