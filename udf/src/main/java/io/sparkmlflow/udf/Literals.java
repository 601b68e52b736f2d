package io.sparkmlflow.udf;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** The values of literal expressions, as plain Java: strings, numbers, booleans, lists and maps, ISO texts for times. */
final class Literals {
    private Literals() {}

    /** Returns an expression without what stands in the way of evaluating it before the query is optimized. */
    static Expression plain(Expression expression) {
        Expression plain = expression;
        while (true) {
            if (plain instanceof Alias alias) {
                plain = alias.child();
            } else if (plain instanceof RuntimeReplaceable replaceable) {
                plain = replaceable.replacement();
            } else {
                return plain.mapChildren(Literals::plain);
            }
        }
    }

    /** Evaluates a literal map with string keys, or a literal struct. A null one has no entries. */
    static Map<String, Object> entries(Expression literal) {
        Object value = literal.eval(null);
        return value == null ? Map.of() : entries(value, literal.dataType());
    }

    private static Map<String, Object> entries(Object value, DataType type) {
        Map<String, Object> entries = new LinkedHashMap<>();
        if (type instanceof MapType map) {
            MapData data = (MapData) value;
            for (int i = 0; i < data.numElements(); i++) {
                String key = data.keyArray().getUTF8String(i).toString();
                entries.put(key, element(data.valueArray(), i, map.valueType()));
            }
        } else {
            InternalRow row = (InternalRow) value;
            StructField[] fields = ((StructType) type).fields();
            for (int i = 0; i < fields.length; i++) {
                DataType field = fields[i].dataType();
                entries.put(fields[i].name(), row.isNullAt(i) ? null : plain(row.get(i, field), field));
            }
        }
        return entries;
    }

    private static Object element(ArrayData data, int i, DataType type) {
        return data.isNullAt(i) ? null : plain(data.get(i, type), type);
    }

    private static Object plain(Object value, DataType type) {
        if (type instanceof ArrayType array) {
            ArrayData data = (ArrayData) value;
            List<Object> items = new ArrayList<>();
            for (int i = 0; i < data.numElements(); i++) {
                items.add(element(data, i, array.elementType()));
            }
            return items;
        }
        if (type instanceof MapType || type instanceof StructType) {
            return entries(value, type);
        }
        if (type.equals(DataTypes.DateType)) {
            return LocalDate.ofEpochDay((Integer) value).toString();
        }
        if (type.equals(DataTypes.TimestampType) || type.equals(DataTypes.TimestampNTZType)) {
            return time((Long) value);
        }
        if (value instanceof Decimal decimal) {
            BigDecimal number = decimal.toJavaBigDecimal();
            return number.scale() <= 0 ? number.toBigInteger() : number;
        }
        return value instanceof UTF8String text ? text.toString() : value;
    }

    /** MLflow's datetimes have no zone. */
    private static String time(long micros) {
        Instant instant =
                Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000L);
        return LocalDateTime.ofInstant(instant, ZoneOffset.UTC).toString();
    }
}
