package io.sparkmlflow.udf;

import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import org.apache.spark.unsafe.Platform;

/**
 * Vectors as the bytes that Spark stores them in, written at once: MLlib makes a row of objects of a vector, which Spark's
 * writers then copy field by field.
 *
 * <p>The row has the fields type (0 for sparse, 1 for dense), size, indices and values: a word of null bits, a word for each
 * field, and the arrays behind them, each with its length and its own null bits.
 */
final class VectorRows {
    private static final StructType LAYOUT = new StructType()
            .add("type", DataTypes.ByteType, false)
            .add("size", DataTypes.IntegerType, true)
            .add("indices", DataTypes.createArrayType(DataTypes.IntegerType, false), true)
            .add("values", DataTypes.createArrayType(DataTypes.DoubleType, false), true);
    private static final int FIELDS = LAYOUT.size();
    private static final int FIXED_BYTES = Long.BYTES * (1 + FIELDS);
    private static final long BASE = Platform.BYTE_ARRAY_OFFSET;
    /** The null bits of a dense vector, which has neither size nor indices. */
    private static final long NULLS_OF_DENSE = 0b0110;

    /** A longer vector is left to MLlib: here, sizes in bytes must fit into an {@code int}. */
    private static final int MOST_VALUES = 1 << 24;

    private VectorRows() {}

    /** Says whether a type's values are vectors in the layout that is known here. */
    static boolean knows(DataType type) {
        return type.equals(SQLDataTypes.VectorType())
                && type instanceof UserDefinedType<?> udt
                && LAYOUT.equals(udt.sqlType());
    }

    /** Returns a vector in Catalyst's form; null for null. */
    @SuppressWarnings("unchecked")
    static Object of(Object vector) {
        if (vector instanceof DenseVector dense && dense.size() <= MOST_VALUES) {
            return of(dense);
        } else if (vector instanceof SparseVector sparse && sparse.numActives() <= MOST_VALUES) {
            return of(sparse);
        }
        return vector == null ? null : ((UserDefinedType<Vector>) SQLDataTypes.VectorType()).serialize((Vector) vector);
    }

    private static UnsafeRow of(DenseVector vector) {
        double[] values = vector.values();
        int valuesBytes = bytes(values.length, Double.BYTES);
        byte[] row = new byte[FIXED_BYTES + valuesBytes];
        Platform.putLong(row, BASE, NULLS_OF_DENSE);
        Platform.putByte(row, field(0), (byte) 1);
        putArray(row, 3, FIXED_BYTES, values.length, valuesBytes);
        copy(values, Platform.DOUBLE_ARRAY_OFFSET, row, FIXED_BYTES, values.length, Double.BYTES);
        return unsafe(row);
    }

    private static UnsafeRow of(SparseVector vector) {
        int[] indices = vector.indices();
        double[] values = vector.values();
        int indicesBytes = bytes(indices.length, Integer.BYTES);
        int valuesBytes = bytes(values.length, Double.BYTES);
        byte[] row = new byte[FIXED_BYTES + indicesBytes + valuesBytes];
        Platform.putInt(row, field(1), vector.size());
        putArray(row, 2, FIXED_BYTES, indices.length, indicesBytes);
        copy(indices, Platform.INT_ARRAY_OFFSET, row, FIXED_BYTES, indices.length, Integer.BYTES);
        putArray(row, 3, FIXED_BYTES + indicesBytes, values.length, valuesBytes);
        copy(values, Platform.DOUBLE_ARRAY_OFFSET, row, FIXED_BYTES + indicesBytes, values.length, Double.BYTES);
        return unsafe(row);
    }

    private static long field(int ordinal) {
        return BASE + (long) Long.BYTES * (1 + ordinal);
    }

    /** Returns the length and the null bits of an array, in bytes. */
    private static int header(int count) {
        return Long.BYTES + (count + 63) / 64 * Long.BYTES;
    }

    /** Returns the size of an array, which ends at a whole word. */
    private static int bytes(int count, int width) {
        return header(count) + (count * width + 7) / 8 * 8;
    }

    /** Writes where an array is, and its length. */
    private static void putArray(byte[] row, int ordinal, int start, int count, int bytes) {
        Platform.putLong(row, field(ordinal), (long) start << 32 | bytes);
        Platform.putLong(row, BASE + start, count);
    }

    private static void copy(Object array, int offset, byte[] row, int start, int count, int width) {
        Platform.copyMemory(array, offset, row, BASE + start + header(count), (long) count * width);
    }

    private static UnsafeRow unsafe(byte[] bytes) {
        UnsafeRow row = new UnsafeRow(FIELDS);
        row.pointTo(bytes, bytes.length);
        return row;
    }
}
