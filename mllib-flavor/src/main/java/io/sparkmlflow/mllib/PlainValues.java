package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values that JSON and YAML know: text, numbers, booleans, null, and lists and maps of them. */
final class PlainValues {
    private PlainValues() {}

    /**
     * Copies a map.
     *
     * @param where what messages call the place
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if a value is something else
     */
    static Map<String, Object> map(String where, Map<?, ?> values) {
        Map<String, Object> copy = new LinkedHashMap<>();
        values.forEach((key, value) -> copy.put(String.valueOf(key), plain(where + "." + key, value)));
        return copy;
    }

    private static Object plain(String where, Object value) {
        if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value;
        }
        if (value instanceof Map<?, ?> map) {
            return map(where, map);
        }
        if (value instanceof Iterable<?> list) {
            List<Object> copy = new ArrayList<>();
            list.forEach(item -> copy.add(plain(where, item)));
            return copy;
        }
        throw MlflowException.invalidParameter("The value of '" + where + "' is a "
                + value.getClass().getName() + ": expected text, a number, true or false, or a list or map of them");
    }
}
