package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;

/** The values of a single row, between what Java programs and JSON have and the user's form of Spark's types. */
final class RowValues {
    private RowValues() {}

    /**
     * Returns a value as an object of a type; only conversions that lose nothing are done, and whole numbers and decimals
     * for {@code float} and {@code double}.
     *
     * @throws IllegalArgumentException if the value is none of that type; the message says what it is
     */
    static Object convert(Object value, DataType type) {
        if (value == null) {
            return null;
        } else if (value instanceof Double && type instanceof DoubleType) {
            return value;
        } else if (value instanceof Number number) {
            return number(number, type);
        } else if (type.equals(DataTypes.StringType) && value instanceof CharSequence) {
            return value.toString();
        } else if (type.equals(DataTypes.BooleanType) && value instanceof Boolean) {
            return value;
        } else if (type.equals(SQLDataTypes.VectorType())) {
            return vector(value);
        } else if (type instanceof ArrayType array && isList(value)) {
            List<Object> elements = new ArrayList<>();
            list(value).forEach(element -> elements.add(convert(element, array.elementType())));
            return SparkCompat.toScala(elements);
        } else if (type instanceof StructType struct) {
            return struct(value, struct);
        } else if (type instanceof MapType map && value instanceof Map<?, ?> entries) {
            Map<Object, Object> converted = new LinkedHashMap<>();
            entries.forEach((key, entry) -> converted.put(key, convert(entry, map.valueType())));
            return converted;
        } else if (type instanceof DateType && value instanceof CharSequence text) {
            return LocalDate.parse(text);
        } else if (type instanceof TimestampType && value instanceof CharSequence text) {
            return Instant.parse(text);
        } else if (type.equals(DataTypes.BinaryType)
                || type instanceof DateType
                || type instanceof TimestampType
                || type instanceof DecimalType) {
            return value;
        }
        throw wrong(value, type);
    }

    /** Returns a value in Catalyst's form. */
    static Object toCatalyst(Object external, DataType type) {
        return CatalystTypeConverters.createToCatalystConverter(type).apply(external);
    }

    /** Returns a value in Catalyst's form as a Java program likes it. */
    static Object fromCatalyst(Object value, DataType type) {
        return java(CatalystTypeConverters.createToScalaConverter(type).apply(value));
    }

    /** Makes Java's lists of Scala's sequences. */
    static Object java(Object external) {
        if (external instanceof scala.collection.Seq<?> seq) {
            List<Object> elements = new ArrayList<>();
            ScalaInterop.list(seq).forEach(element -> elements.add(java(element)));
            return elements;
        }
        return external instanceof Object[] array ? Arrays.asList(array) : external;
    }

    private static Object number(Number value, DataType type) {
        if (type instanceof DoubleType) {
            return value.doubleValue();
        } else if (type instanceof FloatType) {
            return value.floatValue();
        } else if (type instanceof DecimalType) {
            return new BigDecimal(value.toString());
        }
        try {
            BigInteger whole = new BigDecimal(value.toString()).toBigIntegerExact();
            if (type instanceof IntegerType) {
                return whole.intValueExact();
            } else if (type instanceof LongType) {
                return whole.longValueExact();
            } else if (type instanceof ShortType) {
                return whole.shortValueExact();
            } else if (type instanceof ByteType) {
                return whole.byteValueExact();
            }
        } catch (ArithmeticException | NumberFormatException e) {
            throw wrong(value, type);
        }
        throw wrong(value, type);
    }

    private static Vector vector(Object value) {
        if (value instanceof Vector vector) {
            return vector;
        } else if (value instanceof double[] values) {
            return Vectors.dense(values);
        } else if (isList(value)) {
            return Vectors.dense(doubles(value));
        } else if (value instanceof Map<?, ?> json && json.containsKey("values")) {
            double[] values = doubles(json.get("values"));
            return json.get("size") instanceof Number size
                    ? Vectors.sparse(
                            size.intValue(),
                            list(json.get("indices")).stream()
                                    .mapToInt(index -> ((Number) index).intValue())
                                    .toArray(),
                            values)
                    : Vectors.dense(values);
        }
        throw wrong(value, SQLDataTypes.VectorType());
    }

    private static double[] doubles(Object value) {
        return list(value).stream()
                .mapToDouble(element -> (Double) number((Number) element, DataTypes.DoubleType))
                .toArray();
    }

    private static Row struct(Object value, StructType type) {
        Object[] fields = new Object[type.size()];
        for (int i = 0; i < fields.length; i++) {
            StructField field = type.apply(i);
            if (value instanceof Map<?, ?> map) {
                fields[i] = convert(map.get(field.name()), field.dataType());
            } else if (value instanceof Row row) {
                Object own = row.schema() == null ? row.get(i) : row.getAs(field.name());
                fields[i] = convert(own, field.dataType());
            } else {
                throw wrong(value, type);
            }
        }
        return fields.length == 0 ? RowFactory.create() : new GenericRowWithSchema(fields, type);
    }

    private static boolean isList(Object value) {
        return value instanceof List<?>
                || value instanceof scala.collection.Seq<?>
                || value.getClass().isArray();
    }

    private static List<?> list(Object value) {
        if (value instanceof List<?> list) {
            return list;
        } else if (value instanceof scala.collection.Seq<?> seq) {
            return ScalaInterop.list(seq);
        }
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < Array.getLength(value); i++) {
            elements.add(Array.get(value, i));
        }
        return elements;
    }

    private static IllegalArgumentException wrong(Object value, DataType type) {
        return new IllegalArgumentException(
                "it is " + value + " (" + value.getClass().getSimpleName() + "), expected " + type.simpleString());
    }
}
