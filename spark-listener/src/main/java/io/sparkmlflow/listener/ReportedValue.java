package io.sparkmlflow.listener;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number that an algorithm reports while it trains.
 *
 * @param point what it is
 * @param time milliseconds since the epoch
 */
record ReportedValue(Point point, double value, long time) {
    private static final Pattern AT_ITERATION = Pattern.compile("(.+)@iter=(\\d+)");

    /**
     * What a number is.
     *
     * @param name as the algorithm calls it, e.g. {@code numFeatures}, after the name of the stage and a dot if it is one
     * @param step the iteration, 0 for what is reported once
     */
    record Point(String name, long step) {}

    /**
     * Reads what an algorithm reports.
     *
     * @param stage the stage's name, empty for an estimator that is fitted by itself
     * @param name e.g. {@code numFeatures} or {@code Cost@iter=3}, which is step 3 of {@code Cost}
     * @param value a number, or a text that may be one
     * @return {@code null} if it is no number
     */
    static ReportedValue of(String stage, String name, Object value, long time) {
        Double number = number(value);
        if (number == null) {
            return null;
        }
        String prefix = stage.isEmpty() ? "" : stage + ".";
        Matcher matcher = AT_ITERATION.matcher(name);
        Point point = matcher.matches()
                ? new Point(prefix + matcher.group(1), Long.parseLong(matcher.group(2)))
                : new Point(prefix + name, 0);
        return new ReportedValue(point, number, time);
    }

    private static Double number(Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        try {
            return value instanceof String text ? Double.valueOf(text) : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
