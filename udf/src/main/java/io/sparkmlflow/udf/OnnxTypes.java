package io.sparkmlflow.udf;

import ai.onnxruntime.OnnxJavaType;
import java.lang.reflect.Array;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.types.UTF8String;

/** ONNX Runtime's types and values in Spark's. */
final class OnnxTypes {
    private OnnxTypes() {}

    /** Returns NumPy's name of an element type; null for one that no column has. */
    static String dtype(OnnxJavaType type) {
        return switch (type) {
            case FLOAT -> "float32";
            case DOUBLE -> "float64";
            case INT8 -> "int8";
            case INT16 -> "int16";
            case INT32 -> "int32";
            case INT64 -> "int64";
            case BOOL -> "bool";
            case STRING -> "str";
            default -> null;
        };
    }

    /**
     * Returns one row of an output in Catalyst's form.
     *
     * @param value a Java array whose first dimension are the rows, as ONNX Runtime gives it
     */
    static Object catalyst(Object value, int row, DataType type) {
        Object own = value.getClass().isArray() ? Array.get(value, row) : value;
        if (type instanceof ArrayType) {
            return array(own);
        }
        while (own.getClass().isArray()) {
            own = Array.get(own, 0);
        }
        return element(own);
    }

    private static ArrayData array(Object value) {
        if (!(value instanceof Object[] items)) {
            return ArrayData.toArrayData(value);
        }
        Object[] converted = new Object[items.length];
        for (int i = 0; i < items.length; i++) {
            converted[i] = items[i] != null && items[i].getClass().isArray() ? array(items[i]) : element(items[i]);
        }
        return new GenericArrayData(converted);
    }

    private static Object element(Object value) {
        return value instanceof String text ? UTF8String.fromString(text) : value;
    }
}
