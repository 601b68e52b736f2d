package io.sparkmlflow.udf;

import java.util.Arrays;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;

/** Vectors put together as MLlib does it: zeros have no sign, and the form is what each Spark holds for the smaller one. */
final class FusedVectors {
    private FusedVectors() {}

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
        return new SparseVector(size, Arrays.copyOf(indices, count), Arrays.copyOf(values, count)).compressed();
    }
}
