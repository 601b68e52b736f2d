package io.sparkmlflow.udf;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;

/** The memory of one input tensor of one row; it is written anew for each row, and the tensor made once for each size. */
final class OnnxBuffer {
    private final OnnxTensorColumns columns;
    private final List<String> texts = new ArrayList<>();
    private ByteBuffer memory = ByteBuffer.allocateDirect(0);
    private OnnxTensor tensor;

    OnnxBuffer(OnnxTensorColumns columns) {
        this.columns = columns;
    }

    String name() {
        return columns.name();
    }

    /**
     * Returns the tensor of a row.
     *
     * @return the tensor, valid until the next call; null if a value is null and the type has no NaN
     */
    OnnxTensor tensor(Object[] arguments) throws OrtException {
        int elements = 0;
        for (int i = 0; i < columns.columns().length; i++) {
            elements += count(arguments[columns.columns()[i]], columns.types()[i]);
        }
        boolean sameSize = tensor != null && memory.capacity() == elements * size();
        if (!sameSize) {
            memory = ByteBuffer.allocateDirect(elements * size()).order(ByteOrder.nativeOrder());
        }
        memory.clear();
        texts.clear();
        for (int i = 0; i < columns.columns().length; i++) {
            if (!write(arguments[columns.columns()[i]], columns.types()[i])) {
                return null;
            }
        }
        if (!sameSize || columns.type() == OnnxJavaType.STRING) {
            close();
            memory.clear();
            tensor = make(elements);
        }
        return tensor;
    }

    private static int count(Object value, DataType type) {
        if (!(type instanceof ArrayType array)) {
            return 1;
        }
        if (!(value instanceof ArrayData data)) {
            return 0;
        }
        if (!(array.elementType() instanceof ArrayType)) {
            return data.numElements();
        }
        int count = 0;
        for (int i = 0; i < data.numElements(); i++) {
            count += count(data.isNullAt(i) ? null : data.getArray(i), array.elementType());
        }
        return count;
    }

    private int size() {
        return switch (columns.type()) {
            case DOUBLE, INT64 -> 8;
            case FLOAT, INT32 -> 4;
            case INT16 -> 2;
            default -> 1;
        };
    }

    private boolean write(Object value, DataType type) {
        if (!(type instanceof ArrayType array)) {
            return put(value);
        }
        if (!(value instanceof ArrayData data)) {
            return false;
        }
        for (int i = 0; i < data.numElements(); i++) {
            Object item = data.isNullAt(i) ? null : data.get(i, array.elementType());
            if (!write(item, array.elementType())) {
                return false;
            }
        }
        return true;
    }

    private boolean put(Object value) {
        OnnxJavaType type = columns.type();
        if (value == null) {
            if (type == OnnxJavaType.FLOAT) {
                memory.putFloat(Float.NaN);
                return true;
            } else if (type == OnnxJavaType.DOUBLE) {
                memory.putDouble(Double.NaN);
                return true;
            }
            return false;
        }
        if (type == OnnxJavaType.STRING) {
            texts.add(value.toString());
        } else if (value instanceof Boolean bool) {
            putNumber(bool ? 1 : 0);
        } else {
            putNumber((Number) value);
        }
        return true;
    }

    private void putNumber(Number value) {
        switch (columns.type()) {
            case FLOAT -> memory.putFloat(value.floatValue());
            case DOUBLE -> memory.putDouble(value.doubleValue());
            case INT64 -> memory.putLong(value.longValue());
            case INT32 -> memory.putInt(value.intValue());
            case INT16 -> memory.putShort(value.shortValue());
            default -> memory.put(value.byteValue());
        }
    }

    private OnnxTensor make(int elements) throws OrtException {
        long[] shape = columns.shapeOf(1, elements);
        if (shape == null) {
            throw new OrtException("the input " + columns.name() + " of the shape "
                    + java.util.Arrays.toString(columns.shape()) + " can't be made of " + elements + " values");
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        return switch (columns.type()) {
            case FLOAT -> OnnxTensor.createTensor(environment, memory.asFloatBuffer(), shape);
            case DOUBLE -> OnnxTensor.createTensor(environment, memory.asDoubleBuffer(), shape);
            case INT64 -> OnnxTensor.createTensor(environment, memory.asLongBuffer(), shape);
            case INT32 -> OnnxTensor.createTensor(environment, memory.asIntBuffer(), shape);
            case INT16 -> OnnxTensor.createTensor(environment, memory.asShortBuffer(), shape);
            case STRING -> OnnxTensor.createTensor(environment, texts.toArray(String[]::new), shape);
            default -> OnnxTensor.createTensor(environment, memory, shape, columns.type());
        };
    }

    void close() {
        if (tensor != null) {
            tensor.close();
            tensor = null;
        }
    }
}
