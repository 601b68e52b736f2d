package io.sparkmlflow.listener;

/** Tells the calls that a program in Python, or another client of Spark Connect, makes from those that Spark's own classes make for it. */
final class PythonCalls {
    private static final StackWalker STACK = StackWalker.getInstance();

    /** The classes by which PySpark calls the JVM's, one of which is below each of its calls. */
    private static final String PYTHON = "py4j.";

    /** The classes by which a server does what its clients ask for. */
    private static final String CONNECT = "org.apache.spark.sql.connect.";

    /** What is between a method of a stage and our hook, and between its caller and it. */
    private static final String[] BETWEEN = {
        "io.sparkmlflow.", "java.", "jdk.", "scala.", "org.apache.spark.ml.util.", "org.apache.spark.ml.param."
    };

    private PythonCalls() {}

    /** Who called. */
    enum Caller {
        PYTHON,
        CONNECT,
        OTHER
    }

    /** Returns who called the method of {@code target} that has called our hook: another object of Spark's is none of those. */
    static Caller of(Object target) {
        String caller = STACK.walk(frames -> frames.map(StackWalker.StackFrame::getClassName)
                .filter(name -> !isBetween(name) && !isClassOf(target, name))
                .findFirst()
                .orElse(""));
        if (caller.startsWith(PYTHON)) {
            return Caller.PYTHON;
        }
        return caller.startsWith(CONNECT) ? Caller.CONNECT : Caller.OTHER;
    }

    private static boolean isBetween(String name) {
        for (String prefix : BETWEEN) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isClassOf(Object target, String name) {
        for (Class<?> type = target.getClass(); type != null; type = type.getSuperclass()) {
            if (type.getName().equals(name)) {
                return true;
            }
        }
        return false;
    }
}
