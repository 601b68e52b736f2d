package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.PythonJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * An input example in the forms that Python's callers have: a list of rows, one row, a pandas frame as a dictionary, or the
 * JSON text of any of these.
 *
 * <p>A whole number is 64 bits wide whatever its value, as in Python: Py4J gives small ones as {@code Integer}, and Python
 * refuses its own numbers where a signature says that.
 */
final class PythonExample {
    private static final String OPTION = "input_example";
    private static final String COLUMNS = "columns";
    private static final String DATA = "data";
    private static final Set<String> SPLIT = Set.of("index", COLUMNS, DATA, "index_names", "column_names");
    private static final String EXPECTED =
            "a Dataset (in PySpark: df._jdf), a list of maps from column names to values,"
                    + " one such map, or a pandas frame (also as to_dict('split') or to_json(orient='split'))";

    private PythonExample() {}

    /**
     * Reads the rows.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if it is none of the forms
     */
    static List<Map<String, Object>> rows(Object value) {
        Object example = value instanceof String text ? PythonJson.read(text, "The option 'input_example'") : value;
        if (example instanceof Map<?, ?> map) {
            if (isSplit(map)) {
                return ofSplit((Iterable<?>) map.get(COLUMNS), (Iterable<?>) map.get(DATA));
            }
            return isFrame(map) ? ofFrame(map) : List.of(row(map));
        }
        if (example instanceof Iterable<?> items) {
            List<Map<String, Object>> rows = new ArrayList<>();
            for (Object item : items) {
                if (!(item instanceof Map<?, ?> map)) {
                    throw wrong("is a list with " + described(item) + " in it");
                }
                rows.add(row(map));
            }
            return rows;
        }
        throw wrong("is " + described(example));
    }

    /** {@code DataFrame.to_dict("split")} and {@code "tight"}. */
    private static boolean isSplit(Map<?, ?> map) {
        return SPLIT.containsAll(map.keySet())
                && map.get(COLUMNS) instanceof Iterable<?>
                && map.get(DATA) instanceof Iterable<?> rows
                && isOnly(rows, Iterable.class);
    }

    private static List<Map<String, Object>> ofSplit(Iterable<?> columns, Iterable<?> data) {
        List<String> names = new ArrayList<>();
        columns.forEach(name -> names.add(String.valueOf(name)));
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Object values : data) {
            Map<String, Object> row = new LinkedHashMap<>();
            int count = 0;
            for (Object value : (Iterable<?>) values) {
                if (count < names.size()) {
                    row.put(names.get(count), ofPython(value));
                }
                count++;
            }
            if (count != names.size()) {
                throw wrong("has a row of " + count + " values for the " + names.size() + " columns " + names);
            }
            rows.add(row);
        }
        return rows;
    }

    /** {@code DataFrame.to_dict()}, which is also what Py4J makes of a frame itself: columns of values by row number. */
    private static boolean isFrame(Map<?, ?> map) {
        Set<?> index = null;
        for (Object column : map.values()) {
            if (!(column instanceof Map<?, ?> values) || values.isEmpty() || !isOnly(values.keySet(), Number.class)) {
                return false;
            }
            if (index != null && !index.equals(values.keySet())) {
                return false;
            }
            index = values.keySet();
        }
        return index != null;
    }

    private static List<Map<String, Object>> ofFrame(Map<?, ?> columns) {
        Map<?, ?> first = (Map<?, ?>) columns.values().iterator().next();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Object number : new TreeSet<>(first.keySet())) {
            Map<String, Object> row = new LinkedHashMap<>();
            PlainValues.inOrder(columns)
                    .forEach((name, values) -> row.put(name, ofPython(((Map<?, ?>) values).get(number))));
            rows.add(row);
        }
        return rows;
    }

    private static Map<String, Object> row(Map<?, ?> map) {
        Map<String, Object> row = new LinkedHashMap<>();
        PlainValues.inOrder(map).forEach((name, value) -> row.put(name, ofPython(value)));
        return row;
    }

    private static Object ofPython(Object value) {
        if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        } else if (value instanceof Map<?, ?> map) {
            return row(map);
        } else if (value instanceof Iterable<?> items) {
            List<Object> copy = new ArrayList<>();
            items.forEach(item -> copy.add(ofPython(item)));
            return copy;
        }
        return value;
    }

    private static boolean isOnly(Iterable<?> items, Class<?> type) {
        for (Object item : items) {
            if (!type.isInstance(item)) {
                return false;
            }
        }
        return true;
    }

    private static String described(Object value) {
        return value == null ? "null" : "a " + value.getClass().getName();
    }

    private static MlflowException wrong(String what) {
        return MlflowException.invalidParameter("The option '" + OPTION + "' " + what + ": expected " + EXPECTED);
    }
}
