package io.sparkmlflow.udf;

/** ONNX Runtime, which users add themselves: its native libraries are bigger than all the rest. */
final class OnnxRuntime {
    private static final String PACKAGE = "com.microsoft.onnxruntime:onnxruntime:1.24.1";
    private static final boolean THERE = isThere("ai.onnxruntime.OrtEnvironment");

    private OnnxRuntime() {}

    /** Says whether it is on the class path, where this class is. */
    static boolean isThere() {
        return THERE;
    }

    static ModelExpressionException missing() {
        return new ModelExpressionException(
                "it is an ONNX model, and ONNX Runtime is not on the class path: add it with" + " --packages "
                        + PACKAGE);
    }

    private static boolean isThere(String name) {
        try {
            Class.forName(name, false, OnnxRuntime.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
