package io.sparkmlflow.listener;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.lang.reflect.Array;
import java.util.Map;
import org.apache.spark.ml.param.Params;

/** Params' values as JSON, with the types that Python's MLflow writes. */
final class JsonValues {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private JsonValues() {}

    /**
     * Returns a value as JSON: what JSON has no type for as Python's {@code str} writes it.
     *
     * @param names what stages and other estimators are called, by uid
     */
    static JsonNode of(Object value, Map<String, String> names) {
        if (value == null) {
            return JSON.nullNode();
        }
        if (value instanceof Params params) {
            return JSON.textNode(
                    names.getOrDefault(params.uid(), params.getClass().getSimpleName()));
        }
        if (value instanceof Boolean flag) {
            return JSON.booleanNode(flag);
        }
        if (value instanceof Integer || value instanceof Long) {
            return JSON.numberNode(((Number) value).longValue());
        }
        if (value instanceof Double || value instanceof Float) {
            return JSON.numberNode(((Number) value).doubleValue());
        }
        if (value.getClass().isArray()) {
            ArrayNode array = JSON.arrayNode();
            for (int i = 0; i < Array.getLength(value); i++) {
                array.add(of(Array.get(value, i), names));
            }
            return array;
        }
        return JSON.textNode(PythonRepr.str(value));
    }

    /** Returns the JSON of a value that {@link PythonRepr#str} has written: a truth value, a number or a text. */
    static JsonNode ofPythonText(String text) {
        if (text.equals("True") || text.equals("False")) {
            return JSON.booleanNode(text.equals("True"));
        }
        try {
            return text.matches("-?\\d+")
                    ? JSON.numberNode(Long.parseLong(text))
                    : JSON.numberNode(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            return JSON.textNode(text);
        }
    }
}
