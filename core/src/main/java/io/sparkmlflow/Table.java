package io.sparkmlflow;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A table that is logged as an artifact.
 *
 * @param columns their names, in order
 * @param rows a value for each column: text, number, boolean, {@code null}, or a list or map of these
 */
public record Table(List<String> columns, List<List<Object>> rows) {
    public Table {
        columns = List.copyOf(columns);
        List<List<Object>> copies = new ArrayList<>();
        for (List<Object> row : rows) {
            if (row.size() != columns.size()) {
                throw MlflowException.invalidParameter("A row of the table has " + row.size() + " values: expected "
                        + columns.size() + ", one for each of the columns " + columns);
            }
            copies.add(Collections.unmodifiableList(new ArrayList<>(row)));
        }
        rows = Collections.unmodifiableList(copies);
    }

    /** Makes a table of columns that are all of one length. */
    public static Table ofColumns(Map<String, ? extends List<?>> columns) {
        int height = columns.values().stream().mapToInt(List::size).max().orElse(0);
        columns.forEach((name, values) -> {
            if (values.size() != height) {
                throw MlflowException.invalidParameter("The column '" + name + "' has " + values.size()
                        + " values: expected " + height + ", as the longest column has");
            }
        });
        List<List<Object>> rows = new ArrayList<>();
        for (int i = 0; i < height; i++) {
            List<Object> row = new ArrayList<>();
            for (List<?> values : columns.values()) {
                row.add(values.get(i));
            }
            rows.add(row);
        }
        return new Table(List.copyOf(columns.keySet()), rows);
    }

    /** Returns a table with the rows of both and the columns of either; what a row lacks is {@code null}. */
    Table followedBy(Table other) {
        Set<String> all = new LinkedHashSet<>(columns);
        all.addAll(other.columns);
        List<String> names = List.copyOf(all);
        List<List<Object>> both = new ArrayList<>();
        for (Table table : List.of(this, other)) {
            for (List<Object> row : table.rows) {
                Map<String, Object> byName = new LinkedHashMap<>();
                for (int i = 0; i < row.size(); i++) {
                    byName.put(table.columns.get(i), row.get(i));
                }
                List<Object> wide = new ArrayList<>();
                names.forEach(name -> wide.add(byName.get(name)));
                both.add(wide);
            }
        }
        return new Table(names, both);
    }
}
