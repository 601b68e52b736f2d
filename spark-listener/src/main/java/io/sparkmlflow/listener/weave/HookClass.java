package io.sparkmlflow.listener.weave;

import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * The class that stands between Spark's woven classes and us. It is defined in Spark's class loader, which cannot see ours, so it
 * knows types of the JDK alone:
 *
 * <pre>{@code
 * public final class MlflowHook {
 *     public static volatile BiFunction hook;
 *     public static volatile String woven;
 *
 *     public static Object call(String point, Object[] arguments) {
 *         BiFunction hook = MlflowHook.hook;
 *         return hook == null ? null : hook.apply(point, arguments);
 *     }
 * }
 * }</pre>
 */
final class HookClass {
    static final String NAME = "org.apache.spark.ml.util.MlflowHook";
    static final String INTERNAL_NAME = NAME.replace('.', '/');
    static final String HOOK_FIELD = "hook";
    static final String WOVEN_FIELD = "woven";
    static final String CALL = "call";
    static final String CALL_DESCRIPTOR = "(Ljava/lang/String;[Ljava/lang/Object;)Ljava/lang/Object;";

    private static final String FUNCTION = "java/util/function/BiFunction";

    private HookClass() {}

    static byte[] bytes() {
        ClassWriter writer = new ClassWriter(0);
        writer.visit(
                Opcodes.V1_8,
                Opcodes.ACC_PUBLIC | Opcodes.ACC_FINAL | Opcodes.ACC_SUPER,
                INTERNAL_NAME,
                null,
                "java/lang/Object",
                null);
        int access = Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC | Opcodes.ACC_VOLATILE;
        writer.visitField(access, HOOK_FIELD, "L" + FUNCTION + ";", null, null).visitEnd();
        writer.visitField(access, WOVEN_FIELD, "Ljava/lang/String;", null, null).visitEnd();

        MethodVisitor call =
                writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, CALL, CALL_DESCRIPTOR, null, null);
        Label nobody = new Label();
        call.visitCode();
        call.visitFieldInsn(Opcodes.GETSTATIC, INTERNAL_NAME, HOOK_FIELD, "L" + FUNCTION + ";");
        call.visitVarInsn(Opcodes.ASTORE, 2);
        call.visitVarInsn(Opcodes.ALOAD, 2);
        call.visitJumpInsn(Opcodes.IFNULL, nobody);
        call.visitVarInsn(Opcodes.ALOAD, 2);
        call.visitVarInsn(Opcodes.ALOAD, 0);
        call.visitVarInsn(Opcodes.ALOAD, 1);
        call.visitMethodInsn(
                Opcodes.INVOKEINTERFACE,
                FUNCTION,
                "apply",
                "(Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;",
                true);
        call.visitInsn(Opcodes.ARETURN);
        call.visitLabel(nobody);
        call.visitFrame(Opcodes.F_APPEND, 1, new Object[] {FUNCTION}, 0, null);
        call.visitInsn(Opcodes.ACONST_NULL);
        call.visitInsn(Opcodes.ARETURN);
        call.visitMaxs(3, 3);
        call.visitEnd();
        writer.visitEnd();
        return writer.toByteArray();
    }
}
