package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * An input example: rows that a caller gave, or the first ones of a frame, which is not run before they are asked for.
 *
 * <p>Values are as Python's JSON has them: vectors as lists of numbers, structs as maps, points in time as what a clock in the
 * session's time zone shows.
 */
final class InputExampleRows {
    /** How many rows of a frame are kept: as many as Python's autologging keeps. */
    static final int MAX_ROWS = 5;

    private final Dataset<Row> data;
    private final List<Map<String, Object>> rows;

    private InputExampleRows(Dataset<Row> data, List<Map<String, Object>> rows) {
        this.data = data;
        this.rows = rows;
    }

    static InputExampleRows of(Dataset<Row> data) {
        return new InputExampleRows(data, null);
    }

    static InputExampleRows of(List<? extends Map<String, ?>> rows) {
        if (rows.isEmpty()) {
            throw MlflowException.invalidParameter("The input example has no rows: expected at least one");
        }
        List<Map<String, Object>> copy = new ArrayList<>();
        rows.forEach(row -> copy.add(PlainValues.withTimesAndBytes("input_example", row)));
        return new InputExampleRows(null, copy);
    }

    /** Returns the frame, if the example is one. */
    Optional<Dataset<Row>> frame() {
        return Optional.ofNullable(data);
    }

    /** Returns what Spark would call the rows' types: those of all values of each column that are not null. */
    StructType schema() {
        if (data != null) {
            return data.schema();
        }
        StructType schema = new StructType();
        for (String column : columns(List.of())) {
            schema = schema.add(column, typeOfColumn(column));
        }
        return schema;
    }

    /** Returns the names of the example's columns; of those that are wanted, if any are. */
    List<String> columns(List<String> wanted) {
        Set<String> names = new LinkedHashSet<>();
        if (data != null) {
            names.addAll(Arrays.asList(data.columns()));
        } else {
            rows.forEach(row -> names.addAll(row.keySet()));
        }
        if (!wanted.isEmpty() && names.containsAll(wanted)) {
            return wanted;
        }
        return List.copyOf(names);
    }

    /** Returns the values of these columns, row by row. A frame is run here. */
    List<List<Object>> values(List<String> columns, ZoneId zone) {
        if (data == null) {
            return rows.stream()
                    .map(row -> columns.stream()
                            .map(column -> plain(row.get(column), zone))
                            .collect(Collectors.toList()))
                    .collect(Collectors.toList());
        }
        org.apache.spark.sql.Column[] selected = columns.stream()
                .map(name -> functions.col("`" + name.replace("`", "``") + "`"))
                .toArray(org.apache.spark.sql.Column[]::new);
        return data.select(selected).takeAsList(MAX_ROWS).stream()
                .map(row -> values(row, zone))
                .toList();
    }

    /** Returns the schema with lists of numbers as vectors; the same if there are none. */
    StructType schemaWithVectors() {
        StructType schema = new StructType();
        for (StructField field : schema().fields()) {
            boolean numbers = field.dataType() instanceof ArrayType array && array.elementType() instanceof NumericType;
            schema = schema.add(numbers ? vector(field.name()) : field);
        }
        return schema;
    }

    /** Its size is in the metadata, where stages look for it. */
    private StructField vector(String column) {
        int size = rows.stream()
                .map(row -> row.get(column))
                .filter(List.class::isInstance)
                .mapToInt(value -> ((List<?>) value).size())
                .findFirst()
                .orElseThrow();
        return new AttributeGroup(column, size).toStructField();
    }

    private static List<Object> values(Row row, ZoneId zone) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            values.add(plain(row.get(i), zone));
        }
        return values;
    }

    private static Object plain(Object value, ZoneId zone) {
        if (value instanceof Vector vector) {
            return Arrays.stream(vector.toArray()).boxed().toList();
        } else if (value instanceof Row struct) {
            Map<String, Object> map = new LinkedHashMap<>();
            StructField[] fields = struct.schema().fields();
            for (int i = 0; i < fields.length; i++) {
                map.put(fields[i].name(), plain(struct.get(i), zone));
            }
            return map;
        } else if (value instanceof scala.collection.Seq<?> list) {
            List<Object> copy = new ArrayList<>();
            ScalaInterop.list(list).forEach(item -> copy.add(plain(item, zone)));
            return copy;
        } else if (value instanceof scala.collection.Map<?, ?> map) {
            Map<String, Object> copy = new LinkedHashMap<>();
            ScalaInterop.map(map).forEach((key, item) -> copy.put(String.valueOf(key), plain(item, zone)));
            return copy;
        } else if (value instanceof List<?> list) {
            return list.stream().map(item -> plain(item, zone)).collect(Collectors.toList());
        } else if (value instanceof Map<?, ?> map) {
            Map<String, Object> copy = new LinkedHashMap<>();
            map.forEach((key, item) -> copy.put(String.valueOf(key), plain(item, zone)));
            return copy;
        } else if (value instanceof java.sql.Timestamp time) {
            return LocalDateTime.ofInstant(time.toInstant(), zone);
        } else if (value instanceof Instant time) {
            return LocalDateTime.ofInstant(time, zone);
        } else if (value instanceof java.sql.Date day) {
            return day.toLocalDate();
        }
        return value;
    }

    private DataType typeOfColumn(String column) {
        return typeOfAll(rows.stream().map(row -> row.get(column)));
    }

    private static DataType typeOfAll(Stream<?> values) {
        return values.filter(Objects::nonNull)
                .map(InputExampleRows::type)
                .reduce(InputExampleRows::common)
                .orElse(DataTypes.StringType);
    }

    /** Returns the type that two numbers fit into; else the first one. */
    private static DataType common(DataType one, DataType other) {
        if (one.equals(other) || !(one instanceof NumericType) || !(other instanceof NumericType)) {
            return one;
        }
        List<DataType> both = List.of(one, other);
        boolean whole = !both.contains(DataTypes.DoubleType) && !both.contains(DataTypes.FloatType);
        return whole ? DataTypes.LongType : DataTypes.DoubleType;
    }

    private static DataType type(Object value) {
        if (value instanceof Boolean) {
            return DataTypes.BooleanType;
        } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return DataTypes.IntegerType;
        } else if (value instanceof Long) {
            return DataTypes.LongType;
        } else if (value instanceof Float) {
            return DataTypes.FloatType;
        } else if (value instanceof Number) {
            return DataTypes.DoubleType;
        } else if (value instanceof List<?> list) {
            return DataTypes.createArrayType(typeOfAll(list.stream()));
        } else if (value instanceof Map<?, ?> map) {
            StructType struct = new StructType();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                struct = struct.add(String.valueOf(entry.getKey()), type(entry.getValue()));
            }
            return struct;
        } else if (value instanceof java.sql.Timestamp || value instanceof Instant) {
            return DataTypes.TimestampType;
        } else if (value instanceof LocalDateTime) {
            return DataTypes.TimestampNTZType;
        } else if (value instanceof java.sql.Date || value instanceof LocalDate) {
            return DataTypes.DateType;
        } else if (value instanceof byte[]) {
            return DataTypes.BinaryType;
        }
        return DataTypes.StringType;
    }
}
