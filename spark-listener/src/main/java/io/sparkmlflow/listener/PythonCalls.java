package io.sparkmlflow.listener;

/** Tells the calls that a Python program makes from those that Spark's own classes make for it. */
final class PythonCalls {
    private static final StackWalker STACK = StackWalker.getInstance();

    /** The classes by which PySpark calls the JVM's, one of which is below each of its calls. */
    private static final String PYTHON = "py4j.";

    /** The classes by which a server of Spark Connect does what its clients send. */
    private static final String CONNECT = "org.apache.spark.sql.connect.ml.";

    /** Each command of a client has such a thread of its own. */
    private static final String CONNECT_THREAD = "SparkConnectExecuteThread";

    /** What is between a method of a stage and our hook, and between its caller and it. */
    private static final String[] BETWEEN = {
        "io.sparkmlflow.", "java.", "jdk.", "scala.", "org.apache.spark.ml.util.", "org.apache.spark.ml.param."
    };

    private PythonCalls() {}

    /**
     * Returns whether Python called the method of {@code target} that has called our hook, and not another object of Spark's; a client
     * of Spark Connect does so through the server's classes.
     */
    static boolean reach(Object target) {
        String place = areOfConnect() ? CONNECT : PYTHON;
        return STACK.walk(frames -> frames.map(StackWalker.StackFrame::getClassName)
                        .filter(name -> !isBetween(name) && !isClassOf(target, name))
                        .findFirst())
                .filter(caller -> caller.startsWith(place))
                .isPresent();
    }

    /** Returns whether this thread does what a client of Spark Connect sent. */
    static boolean areOfConnect() {
        return Thread.currentThread().getName().startsWith(CONNECT_THREAD);
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
