package io.sparkmlflow.udf;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;

/**
 * The memory of one input tensor: rows of the same size, one behind the other. It is written anew for each batch, and the tensor made
 * once for each size.
 */
final class OnnxBuffer {
    /** Rows as big as images are few in a batch, whose intermediate results are bigger still. */
    private static final int MOST_BYTES = 1 << 22;

    private final OnnxTensorColumns columns;
    private final int mostRows;
    private final List<String> texts = new ArrayList<>();
    private ByteBuffer memory = ByteBuffer.allocateDirect(0);
    private int rows;
    private int elements;

    private OnnxTensor tensor;
    private int tensorFrom;
    private int tensorRows;
    private int tensorElements;

    /**
     * Makes a buffer.
     *
     * @param mostRows how many rows it takes at most; rows of more bytes are fewer
     */
    OnnxBuffer(OnnxTensorColumns columns, int mostRows) {
        this.columns = columns;
        this.mostRows = columns.isBatch() ? mostRows : 1;
    }

    String name() {
        return columns.name();
    }

    void clear() {
        rows = 0;
        texts.clear();
    }

    /** Says whether there is room for a row, which must be as big as those that are there. */
    boolean accepts(Object[] arguments) {
        return rows == 0 || (rows < capacity(elements) && count(arguments) == elements);
    }

    /** Adds a row. Returns false, and adds nothing, if a value is null and the type has no NaN. */
    boolean add(Object[] arguments) {
        if (rows == 0) {
            elements = count(arguments);
            reserve(capacity(elements) * elements * size());
        }
        memory.clear();
        memory.position(rows * elements * size());
        for (int i = 0; i < columns.columns().length; i++) {
            if (!write(arguments[columns.columns()[i]], columns.types()[i])) {
                truncateTexts();
                return false;
            }
        }
        rows++;
        return true;
    }

    /** Takes the last row back. */
    void removeLast() {
        rows--;
        truncateTexts();
    }

    private void truncateTexts() {
        int kept = Math.min(texts.size(), rows * elements);
        texts.subList(kept, texts.size()).clear();
    }

    private int capacity(int elements) {
        return Math.max(1, Math.min(mostRows, MOST_BYTES / Math.max(1, elements * size())));
    }

    private void reserve(int bytes) {
        if (memory.capacity() < bytes) {
            close();
            memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        }
    }

    /**
     * Returns the tensor of some of the rows.
     *
     * @return the tensor, valid until the next call
     */
    OnnxTensor tensor(int from, int count) throws OrtException {
        boolean same = tensor != null
                && columns.type() != OnnxJavaType.STRING
                && tensorFrom == from
                && tensorRows == count
                && tensorElements == elements;
        if (!same) {
            close();
            tensor = make(from, count);
            tensorFrom = from;
            tensorRows = count;
            tensorElements = elements;
        }
        return tensor;
    }

    private int count(Object[] arguments) {
        int count = 0;
        for (int i = 0; i < columns.columns().length; i++) {
            count += count(arguments[columns.columns()[i]], columns.types()[i]);
        }
        return count;
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

    private OnnxTensor make(int from, int count) throws OrtException {
        long[] shape = columns.shapeOf(count, elements);
        if (shape == null) {
            throw new OrtException("the input " + columns.name() + " of the shape " + Arrays.toString(columns.shape())
                    + " can't be made of " + elements + " values");
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        if (columns.type() == OnnxJavaType.STRING) {
            List<String> own = texts.subList(from * elements, (from + count) * elements);
            return OnnxTensor.createTensor(environment, own.toArray(String[]::new), shape);
        }
        memory.clear();
        ByteBuffer own = memory.slice(from * elements * size(), count * elements * size())
                .order(ByteOrder.nativeOrder());
        return switch (columns.type()) {
            case FLOAT -> OnnxTensor.createTensor(environment, own.asFloatBuffer(), shape);
            case DOUBLE -> OnnxTensor.createTensor(environment, own.asDoubleBuffer(), shape);
            case INT64 -> OnnxTensor.createTensor(environment, own.asLongBuffer(), shape);
            case INT32 -> OnnxTensor.createTensor(environment, own.asIntBuffer(), shape);
            case INT16 -> OnnxTensor.createTensor(environment, own.asShortBuffer(), shape);
            default -> OnnxTensor.createTensor(environment, own, shape, columns.type());
        };
    }

    void close() {
        if (tensor != null) {
            tensor.close();
            tensor = null;
        }
    }
}
