package io.sparkmlflow.listener;

/**
 * Chooses which of a series of unknown length to keep, evenly spread and bounded: all at first, then every second, every
 * fourth, and so on, each time as many have been kept as fit.
 *
 * <p>What was chosen stays chosen (MLflow cannot take back a point), so a series of n has at most capacity · (1 + log2(n /
 * capacity)) points: twelve capacities for a week at five seconds and 60 points.
 */
final class Thinning {
    private final int capacity;
    private long seen;
    private long stride = 1;
    private int keptAtStride;

    /** @param capacity how many are kept before the distance between two of them doubles */
    Thinning(int capacity) {
        this.capacity = capacity;
    }

    /** Returns whether the next of the series is kept. */
    boolean keepsNext() {
        boolean kept = seen++ % stride == 0;
        if (kept && ++keptAtStride == capacity) {
            keptAtStride = 0;
            stride *= 2;
        }
        return kept;
    }
}
