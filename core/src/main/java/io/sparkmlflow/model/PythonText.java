package io.sparkmlflow.model;

/** Values as Python's {@code str} writes them, so that what Java and Python have logged is found by one search. */
public final class PythonText {
    private PythonText() {}

    /**
     * Returns a value's text: {@code True} and {@code False}, {@code None}, {@code 1e-06}, {@code nan}, {@code inf}; the value's
     * own text if it is something else. A {@code float} has the digits that it is written with, not those of the double beside it.
     */
    public static String of(Object value) {
        if (value == null) {
            return "None";
        }
        if (value instanceof Boolean truth) {
            return truth ? "True" : "False";
        }
        if (value instanceof Float || value instanceof Double) {
            double number = value instanceof Float ? Double.parseDouble(value.toString()) : (Double) value;
            if (Double.isNaN(number)) {
                return "nan";
            }
            return Double.isInfinite(number) ? (number > 0 ? "inf" : "-inf") : PythonNumbers.repr(number);
        }
        return value.toString();
    }
}
