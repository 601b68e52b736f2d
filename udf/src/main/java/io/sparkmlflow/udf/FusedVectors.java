package io.sparkmlflow.udf;

import java.util.Arrays;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;

/** Vectors put together as MLlib does it: zeros have no sign, and the form is the one that takes less memory. */
final class FusedVectors {
    private FusedVectors() {}

    /**
     * Returns a vector in the form that {@code Vector.compressed} chooses.
     *
     * @param values all values; zeros are positive
     * @param nonZeros how many of them are not zero
     */
    static Vector compressed(double[] values, int nonZeros) {
        if (!sparse(values.length, nonZeros)) {
            return new DenseVector(values);
        }
        int[] indices = new int[nonZeros];
        double[] kept = new double[nonZeros];
        int next = 0;
        for (int i = 0; i < values.length; i++) {
            if (values[i] != 0.0) {
                indices[next] = i;
                kept[next++] = values[i];
            }
        }
        return new SparseVector(values.length, indices, kept);
    }

    /**
     * Returns doubles and vectors, one after the other, as one vector.
     *
     * @param size the sum of their sizes
     */
    static Vector concatenated(Object[] parts, int size) {
        int room = 0;
        for (Object part : parts) {
            room += part instanceof Vector vector ? vector.numActives() : 1;
        }
        int[] indices = new int[room];
        double[] values = new double[room];
        int count = 0;
        int start = 0;
        for (Object part : parts) {
            if (part instanceof DenseVector vector) {
                double[] own = vector.values();
                for (int i = 0; i < own.length; i++) {
                    if (own[i] != 0.0) {
                        indices[count] = start + i;
                        values[count++] = own[i];
                    }
                }
                start += own.length;
            } else if (part instanceof SparseVector vector) {
                double[] own = vector.values();
                for (int i = 0; i < own.length; i++) {
                    if (own[i] != 0.0) {
                        indices[count] = start + vector.indices()[i];
                        values[count++] = own[i];
                    }
                }
                start += vector.size();
            } else {
                double number = (Double) part;
                if (number != 0.0) {
                    indices[count] = start;
                    values[count++] = number;
                }
                start++;
            }
        }
        if (sparse(size, count)) {
            return new SparseVector(size, Arrays.copyOf(indices, count), Arrays.copyOf(values, count));
        }
        double[] dense = new double[size];
        for (int i = 0; i < count; i++) {
            dense[indices[i]] = values[i];
        }
        return new DenseVector(dense);
    }

    private static boolean sparse(int size, int nonZeros) {
        return 1.5 * (nonZeros + 1.0) < size;
    }
}
