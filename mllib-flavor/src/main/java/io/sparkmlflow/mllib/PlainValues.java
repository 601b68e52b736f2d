package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Values that JSON and YAML know: text, numbers, booleans, null, and lists and maps of them. */
final class PlainValues {
    private static final List<Class<?>> TIMES_AND_BYTES = List.of(
            java.sql.Timestamp.class,
            java.sql.Date.class,
            Instant.class,
            LocalDateTime.class,
            LocalDate.class,
            byte[].class);

    private static final Pattern WITHOUT_ORDER = Pattern.compile("java\\.util\\.(HashMap|ImmutableCollections\\$.*)");

    private PlainValues() {}

    /**
     * Copies a map.
     *
     * @param where what messages call the place
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if a value is something else
     */
    static Map<String, Object> map(String where, Map<?, ?> values) {
        return map(where, values, false);
    }

    /** Copies a map that may also have dates, times and bytes in it, of the classes that a row of Spark has. */
    static Map<String, Object> withTimesAndBytes(String where, Map<?, ?> values) {
        return map(where, values, true);
    }

    private static Map<String, Object> map(String where, Map<?, ?> values, boolean times) {
        Map<String, Object> copy = new LinkedHashMap<>();
        inOrder(values).forEach((key, value) -> copy.put(key, plain(where + "." + key, value, times)));
        return copy;
    }

    /**
     * Returns a map with texts as its keys, in the map's own order if it has one. A {@code HashMap}, which Py4J makes of every
     * dictionary, and {@code Map.of} have none, and are sorted: PySpark sorts the columns of dictionaries, too.
     */
    static Map<String, Object> inOrder(Map<?, ?> map) {
        Map<String, Object> ordered =
                WITHOUT_ORDER.matcher(map.getClass().getName()).matches() ? new TreeMap<>() : new LinkedHashMap<>();
        map.forEach((key, value) -> ordered.put(String.valueOf(key), value));
        return ordered;
    }

    private static Object plain(String where, Object value, boolean times) {
        if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value;
        }
        if (times && TIMES_AND_BYTES.stream().anyMatch(type -> type.isInstance(value))) {
            return value;
        }
        if (value instanceof Map<?, ?> map) {
            return map(where, map, times);
        }
        if (value instanceof Iterable<?> list) {
            List<Object> copy = new ArrayList<>();
            list.forEach(item -> copy.add(plain(where, item, times)));
            return copy;
        }
        throw MlflowException.invalidParameter("The value of '" + where + "' is a "
                + value.getClass().getName() + ": expected text, a number, true or false, or a list or map of them");
    }
}
