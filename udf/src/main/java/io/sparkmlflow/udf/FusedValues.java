package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.UserDefinedType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The values that MLlib's functions take and give, in both of Spark's forms: Catalyst's and the user's.
 *
 * <p>Spark's own converters keep state and generate code for each function. These have neither, so that one model serves
 * all threads; they know the types that occur in MLlib, and whoever asks must ask {@link #known} first.
 */
final class FusedValues {
    private static final Set<DataType> SAME_IN_BOTH = Set.of(
            DataTypes.BooleanType,
            DataTypes.ByteType,
            DataTypes.ShortType,
            DataTypes.IntegerType,
            DataTypes.LongType,
            DataTypes.FloatType,
            DataTypes.DoubleType);
    private static final Set<DataType> VECTORS = Set.of(SQLDataTypes.VectorType(), SQLDataTypes.MatrixType());
    /** What a function with a parameter of type {@code Seq} accepts: Scala 2.13 means the immutable one. */
    private static final boolean SEQ_IS_IMMUTABLE =
            scala.package$.MODULE$.Seq().getClass().getName().contains("immutable");

    private FusedValues() {}

    /** Says whether values of a type can be converted here. */
    static boolean known(DataType type) {
        return sameInBoth(type)
                || type.equals(DataTypes.StringType)
                || VECTORS.contains(type)
                || (type instanceof ArrayType array && known(array.elementType()));
    }

    /** Says whether both forms of a value are the same object. */
    static boolean sameInBoth(DataType type) {
        return SAME_IN_BOTH.contains(type);
    }

    /** Converts Catalyst's form of a value to the user's. */
    static Object toExternal(Object value, DataType type) {
        if (value == null || sameInBoth(type)) {
            return value;
        } else if (type instanceof UserDefinedType<?> udt) {
            return udt.deserialize(value);
        } else if (type instanceof ArrayType array) {
            ArrayData data = (ArrayData) value;
            List<Object> elements = new ArrayList<>(data.numElements());
            for (int i = 0; i < data.numElements(); i++) {
                Object element = data.isNullAt(i) ? null : data.get(i, array.elementType());
                elements.add(toExternal(element, array.elementType()));
            }
            return SparkCompat.toScala(elements);
        }
        return value.toString();
    }

    /** Converts the user's form of a value to Catalyst's. */
    @SuppressWarnings("unchecked")
    static Object toCatalyst(Object value, DataType type) {
        if (value == null || sameInBoth(type)) {
            return value;
        } else if (type instanceof UserDefinedType<?> udt) {
            return ((UserDefinedType<Object>) udt).serialize(value);
        } else if (type instanceof ArrayType array) {
            Object[] elements = elements(value);
            Object[] converted = new Object[elements.length];
            for (int i = 0; i < elements.length; i++) {
                converted[i] = toCatalyst(elements[i], array.elementType());
            }
            return new GenericArrayData(converted);
        }
        return UTF8String.fromString((String) value);
    }

    /** Returns a sequence that a function with a parameter of type {@code Seq} accepts, where another one gave an array. */
    static Object asSeq(Object value) {
        if (value == null
                || value instanceof scala.collection.immutable.Seq<?>
                || (!SEQ_IS_IMMUTABLE && value instanceof scala.collection.Seq<?>)) {
            return value;
        }
        return SparkCompat.toScala(java.util.Arrays.asList(elements(value)));
    }

    private static Object[] elements(Object sequence) {
        if (sequence instanceof scala.collection.Seq<?> seq) {
            return ScalaInterop.list(seq).toArray();
        } else if (sequence instanceof Object[] array) {
            return array;
        }
        Object[] boxed = new Object[Array.getLength(sequence)];
        for (int i = 0; i < boxed.length; i++) {
            boxed[i] = Array.get(sequence, i);
        }
        return boxed;
    }
}
