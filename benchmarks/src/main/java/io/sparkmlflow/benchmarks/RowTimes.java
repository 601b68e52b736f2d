package io.sparkmlflow.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;

/** Times single calls in one thread. It is compiled for the peers too and knows nobody's API. */
public final class RowTimes {
    /** The answer's line begins with it. */
    public static final String ANSWER = "MEASURED ";
    /** How many rows of the table the calls take turns with. */
    public static final int ROWS = 500;

    private RowTimes() {}

    /**
     * Calls a function, first without measuring, and prints the middle of the times, the 99th percentile, both in microseconds,
     * and the sum of the answers for each row once.
     *
     * @param score the prediction for a row by its number
     */
    public static void measure(int calls, IntToDoubleFunction score) {
        double sum = 0;
        for (int i = 0; i < ROWS; i++) {
            sum += score.applyAsDouble(i);
        }
        double unused = 0;
        for (int i = 0; i < calls; i++) {
            unused += score.applyAsDouble(i % ROWS);
        }
        long[] nanos = new long[calls];
        for (int i = 0; i < calls; i++) {
            long start = System.nanoTime();
            unused += score.applyAsDouble(i % ROWS);
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        if (Double.isInfinite(unused)) {
            throw new IllegalStateException("A prediction is infinite");
        }
        System.out.printf(
                Locale.ROOT,
                "%s%.3f %.3f %.1f%n",
                ANSWER,
                nanos[calls / 2] / 1e3,
                nanos[calls - 1 - calls / 100] / 1e3,
                sum);
    }
}
