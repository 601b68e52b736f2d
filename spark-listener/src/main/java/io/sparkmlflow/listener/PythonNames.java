package io.sparkmlflow.listener;

/** What PySpark calls the classes of MLlib. */
final class PythonNames {
    private static final String JVM = "org.apache.spark.ml.";

    private PythonNames() {}

    /** Returns e.g. {@code pyspark.ml.classification.LogisticRegression}; a class that is not Spark's keeps its name. */
    static String ofClass(Class<?> type) {
        if (!type.getName().startsWith(JVM)) {
            return type.getName();
        }
        String rest = type.getName().substring(JVM.length());
        return "pyspark.ml." + (rest.indexOf('.') < 0 ? "pipeline." + rest : rest);
    }
}
