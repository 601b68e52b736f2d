package io.sparkmlflow.udf;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;

/** Vectors put together as MLlib does it: zeros have no sign, and the form is what each Spark holds for the smaller one. */
final class FusedVectors {
    /** Up to here, the form is looked up; for longer vectors MLlib's method decides each time. */
    private static final int MOST_KNOWN = 1024;

    /**
     * For each size, one more than the greatest number of values for which MLlib takes the sparse form; 0 is not known yet. All
     * threads find the same.
     */
    private static final int[] SPARSE_BELOW = new int[MOST_KNOWN + 1];

    private FusedVectors() {}

    /**
     * Returns numbers and vectors, one after the other, as one vector.
     *
     * @param places where they are in the row
     * @return the vector; null if something is null, a number that is NaN, or anything else
     */
    static Vector concatenated(FusedRow row, int[] places) {
        int size = 0;
        int count = 0;
        for (int place : places) {
            Object part = row.value(place);
            if (part instanceof Double number && !number.isNaN()) {
                size++;
                count += number == 0.0 ? 0 : 1;
            } else if (part instanceof DenseVector vector) {
                size += vector.size();
                count += nonzeros(vector.values());
            } else if (part instanceof SparseVector vector) {
                size += vector.size();
                count += nonzeros(vector.values());
            } else {
                return null;
            }
        }
        if (size > MOST_KNOWN) {
            return sparse(row, places, size, count).compressed();
        }
        return isSparse(size, count) ? sparse(row, places, size, count) : dense(row, places, size);
    }

    private static int nonzeros(double[] values) {
        int count = 0;
        for (double value : values) {
            count += value == 0.0 ? 0 : 1;
        }
        return count;
    }

    /** Says what form MLlib gives a vector that is put together. */
    private static boolean isSparse(int size, int count) {
        int below = SPARSE_BELOW[size];
        if (below == 0) {
            below = 1 + sparseBelow(size);
            SPARSE_BELOW[size] = below;
        }
        return count < below - 1;
    }

    private static int sparseBelow(int size) {
        double[] ones = new double[size];
        Arrays.fill(ones, 1);
        int[] indices = IntStream.range(0, size).toArray();
        int low = 0;
        int high = size + 1;
        while (low < high) {
            int count = (low + high) / 2;
            boolean isSparse = count <= size
                    && new SparseVector(size, Arrays.copyOf(indices, count), Arrays.copyOf(ones, count)).compressed()
                            instanceof SparseVector;
            low = isSparse ? count + 1 : low;
            high = isSparse ? high : count;
        }
        return low;
    }

    private static DenseVector dense(FusedRow row, int[] places, int size) {
        double[] values = new double[size];
        int start = 0;
        for (int place : places) {
            Object part = row.value(place);
            if (part instanceof Double number) {
                values[start++] = unsigned(number);
            } else if (part instanceof DenseVector vector) {
                for (double value : vector.values()) {
                    values[start++] = unsigned(value);
                }
            } else {
                SparseVector vector = (SparseVector) part;
                double[] own = vector.values();
                for (int i = 0; i < own.length; i++) {
                    values[start + vector.indices()[i]] = unsigned(own[i]);
                }
                start += vector.size();
            }
        }
        return new DenseVector(values);
    }

    private static double unsigned(double value) {
        return value == 0.0 ? 0.0 : value;
    }

    private static SparseVector sparse(FusedRow row, int[] places, int size, int count) {
        int[] indices = new int[count];
        double[] values = new double[count];
        int next = 0;
        int start = 0;
        for (int place : places) {
            Object part = row.value(place);
            if (part instanceof Double number) {
                next = put(start++, number, indices, values, next);
            } else if (part instanceof DenseVector vector) {
                for (double value : vector.values()) {
                    next = put(start++, value, indices, values, next);
                }
            } else {
                SparseVector vector = (SparseVector) part;
                double[] own = vector.values();
                for (int i = 0; i < own.length; i++) {
                    next = put(start + vector.indices()[i], own[i], indices, values, next);
                }
                start += vector.size();
            }
        }
        return new SparseVector(size, indices, values);
    }

    private static int put(int index, double value, int[] indices, double[] values, int next) {
        if (value == 0.0) {
            return next;
        }
        indices[next] = index;
        values[next] = value;
        return next + 1;
    }
}
