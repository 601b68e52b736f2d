package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import java.math.BigDecimal;
import java.sql.Date;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

/** Values of the classes that Py4J gives for Python's. */
class PythonExampleTest {
    private static final Map<String, Object> FIRST = Map.of("age", 30L, "city", "Rom");
    private static final Map<String, Object> SECOND = Map.of("age", 31L, "city", "Oslo");

    @Test
    void takesRowsAndARow() {
        Map<String, Object> row = new HashMap<>(Map.of("age", 30, "city", "Rom"));

        assertThat(PythonExample.rows(List.of(row, SECOND))).containsExactly(FIRST, SECOND);
        assertThat(PythonExample.rows(row)).containsExactly(FIRST);
    }

    @Test
    void takesAPandasFrame() {
        Map<String, Object> split = new HashMap<>();
        split.put("index", List.of(0, 1));
        split.put("columns", List.of("age", "city"));
        split.put("data", List.of(List.of(30, "Rom"), List.of(31, "Oslo")));
        Map<String, Object> tight = new HashMap<>(split);
        tight.put("index_names", Arrays.asList((Object) null));
        tight.put("column_names", Arrays.asList((Object) null));
        Map<String, Object> columns = new HashMap<>();
        columns.put("city", new HashMap<>(Map.of(10, "Oslo", 2, "Rom")));
        columns.put("age", new HashMap<>(Map.of(10, 31, 2, 30)));

        for (Object frame : List.of(split, tight, columns)) {
            assertThat(PythonExample.rows(frame)).as("%s", frame).containsExactly(FIRST, SECOND);
        }
        assertThat(PythonExample.rows(split).get(0)).containsExactly(Map.entry("age", 30L), Map.entry("city", "Rom"));
    }

    @Test
    void takesJsonAndKeepsItsOrder() {
        assertThat(PythonExample.rows("[{\"city\": \"Rom\", \"age\": 30}]").get(0))
                .containsExactly(Map.entry("city", "Rom"), Map.entry("age", 30L));
        assertThat(PythonExample.rows("{\"columns\": [\"city\", \"age\"], \"data\": [[\"Rom\", 30]]}"))
                .containsExactly(FIRST);
        assertThatThrownBy(() -> PythonExample.rows("age=30"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("input_example");
    }

    @Test
    void doesNotTakeColumnsOfThoseNamesForAFrame() {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("columns", List.of(1.5));
        row.put("data", List.of(2.5));
        Map<String, Object> nested = Map.of("address", Map.of("street", "s"));

        assertThat(PythonExample.rows(row)).containsExactly(row);
        assertThat(PythonExample.rows(nested)).containsExactly(nested);
    }

    @Test
    void sortsColumnsThatComeWithoutAnOrder() {
        Map<String, Object> row = new HashMap<>(Map.of("income", 1.5, "city", "Rom", "age", 30));

        assertThat(PythonExample.rows(row).get(0).keySet()).containsExactly("age", "city", "income");
    }

    @Test
    void findsTheTypeThatAllValuesOfAColumnFitInto() {
        Map<String, Object> odd = new LinkedHashMap<>();
        odd.put("whole", 1);
        odd.put("number", 1);
        odd.put("list", List.of(1, 1.5));
        odd.put("bytes", new byte[] {1});
        odd.put("day", Date.valueOf("2026-02-01"));
        odd.put("price", new BigDecimal("1.50"));
        Map<String, Object> more = Map.of("whole", 3_000_000_000L, "number", 1.5);

        assertThat(InputExampleRows.of(PythonExample.rows(List.of(odd, more))).schema())
                .isEqualTo(StructType.fromDDL(
                        "whole BIGINT, number DOUBLE, list ARRAY<DOUBLE>, bytes BINARY, day DATE," + " price DOUBLE"));
    }

    @Test
    void saysWhatAnExampleMayBe() {
        String expected =
                ": expected a Dataset (in PySpark: df._jdf), a list of maps from column names to values, one such map,"
                        + " or a pandas frame (also as to_dict('split') or to_json(orient='split'))";
        assertThatThrownBy(() -> PythonExample.rows(5))
                .isInstanceOf(MlflowException.class)
                .hasMessage("The option 'input_example' is a java.lang.Integer" + expected);
        assertThatThrownBy(() -> PythonExample.rows(List.of(List.of(1))))
                .hasMessage("The option 'input_example' is a list with a java.util.ImmutableCollections$List12 in it"
                        + expected);
        assertThatThrownBy(() -> PythonExample.rows(
                        Map.of("columns", List.of("a", "b"), "data", List.of(List.of(1), List.of(2)))))
                .hasMessage("The option 'input_example' has a row of 1 values for the 2 columns [a, b]" + expected);
    }
}
