package io.sparkmlflow.udf;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import java.util.Arrays;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;

/** One output of a batch. Numbers are copied at once, not row by row. */
final class OnnxOutput {
    private final DataType type;
    private final long[] shape;
    /** All numbers in one array; null for what has another form. */
    private final Object numbers;

    private final Object nested;

    private OnnxOutput(DataType type, long[] shape, Object numbers, Object nested) {
        this.type = type;
        this.shape = shape;
        this.numbers = numbers;
        this.nested = nested;
    }

    static OnnxOutput of(OnnxValue value, DataType type) throws OrtException {
        if (!(value instanceof OnnxTensor tensor)) {
            return new OnnxOutput(type, new long[0], null, value.getValue());
        }
        boolean isDeep = type instanceof ArrayType array && array.elementType() instanceof ArrayType;
        Object numbers = isDeep ? null : numbers(tensor);
        return new OnnxOutput(type, tensor.getInfo().getShape(), numbers, numbers == null ? tensor.getValue() : null);
    }

    private static Object numbers(OnnxTensor tensor) {
        return switch (tensor.getInfo().type) {
            case FLOAT -> tensor.getFloatBuffer().array();
            case DOUBLE -> tensor.getDoubleBuffer().array();
            case INT64 -> tensor.getLongBuffer().array();
            case INT32 -> tensor.getIntBuffer().array();
            default -> null;
        };
    }

    /** Says whether its first dimension are so many rows. */
    boolean hasRows(int rows) {
        return shape.length > 0 && shape[0] == rows;
    }

    /** Returns one row in Catalyst's form. */
    Object row(int row) {
        if (numbers == null) {
            return OnnxTypes.catalyst(nested, row, type);
        }
        int width = 1;
        for (int i = 1; i < shape.length; i++) {
            width *= (int) shape[i];
        }
        int from = row * width;
        boolean isArray = type instanceof ArrayType;
        if (numbers instanceof float[] floats) {
            return isArray ? ArrayData.toArrayData(Arrays.copyOfRange(floats, from, from + width)) : floats[from];
        } else if (numbers instanceof double[] doubles) {
            return isArray ? ArrayData.toArrayData(Arrays.copyOfRange(doubles, from, from + width)) : doubles[from];
        } else if (numbers instanceof long[] longs) {
            return isArray ? ArrayData.toArrayData(Arrays.copyOfRange(longs, from, from + width)) : longs[from];
        }
        int[] ints = (int[]) numbers;
        return isArray ? ArrayData.toArrayData(Arrays.copyOfRange(ints, from, from + width)) : ints[from];
    }
}
