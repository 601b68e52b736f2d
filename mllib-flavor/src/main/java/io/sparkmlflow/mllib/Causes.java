package io.sparkmlflow.mllib;

/** What lies behind an exception of Spark's. */
final class Causes {
    private Causes() {}

    /** Returns class and first line of the innermost cause: Spark's own exceptions say little. */
    static String innermost(Throwable cause) {
        Throwable innermost = cause;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        String message = innermost.getMessage() == null ? "" : ": " + firstLine(innermost.getMessage());
        return innermost.getClass().getSimpleName() + message;
    }

    private static String firstLine(String text) {
        return text.strip().lines().findFirst().orElse("");
    }
}
