package io.sparkmlflow.listener.weave;

import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Rewrites one class: each advised method becomes private under another name, and one of its old name calls the hook and then
 * it. No frame of the original code is computed anew, so no class is loaded.
 *
 * <p>What is added is private: the default {@code serialVersionUID}, which executors with the original class compare, stays.
 */
final class ClassWeaver extends ClassVisitor {
    private static final String RENAMED = "mlflow$original$";
    private static final String OBJECT = "java/lang/Object";

    private final List<Advice> advices;
    private final List<Advice> found = new ArrayList<>();
    private String owner;
    private boolean isInterface;

    private ClassWeaver(ClassVisitor next, List<Advice> advices) {
        super(Opcodes.ASM9, next);
        this.advices = advices;
    }

    /**
     * Returns the bytes of the woven class.
     *
     * @throws IllegalArgumentException if the bytes are of a Java that ASM does not know, or lack an advised method
     */
    static byte[] weave(byte[] original, List<Advice> advices) {
        ClassReader reader = new ClassReader(original);
        ClassWriter writer = new ClassWriter(reader, 0);
        ClassWeaver weaver = new ClassWeaver(writer, advices);
        reader.accept(weaver, 0);
        for (Advice advice : advices) {
            if (!weaver.found.contains(advice)) {
                throw new IllegalArgumentException(
                        reader.getClassName().replace('/', '.') + " has no method " + advice.method());
            }
        }
        return writer.toByteArray();
    }

    @Override
    public void visit(int version, int access, String name, String signature, String superName, String[] interfaces) {
        owner = name;
        isInterface = (access & Opcodes.ACC_INTERFACE) != 0;
        super.visit(version, access, name, signature, superName, interfaces);
    }

    @Override
    public MethodVisitor visitMethod(
            int access, String name, String descriptor, String signature, String[] exceptions) {
        for (Advice advice : advices) {
            if (!isInterface && advice.matches(access, name, descriptor)) {
                found.add(advice);
                writeCaller(
                        advice, access, descriptor, super.visitMethod(access, name, descriptor, signature, exceptions));
                int renamedAccess = (access & ~(Opcodes.ACC_PUBLIC | Opcodes.ACC_PROTECTED | Opcodes.ACC_FINAL))
                        | Opcodes.ACC_PRIVATE;
                return super.visitMethod(renamedAccess, RENAMED + name, descriptor, signature, exceptions);
            }
        }
        return super.visitMethod(access, name, descriptor, signature, exceptions);
    }

    private void writeCaller(Advice advice, int access, String descriptor, MethodVisitor code) {
        Type[] parameters = Type.getArgumentTypes(descriptor);
        int firstFree = Type.getArgumentsAndReturnSizes(descriptor) >> 2;
        code.visitCode();
        callHookWithArguments(advice.point(), parameters, code);
        if (advice.around()) {
            writeAround(advice, descriptor, parameters, firstFree, code);
        } else {
            code.visitInsn(Opcodes.POP);
            callOriginal(advice, descriptor, parameters, code);
            code.visitInsn(Type.getReturnType(descriptor).getOpcode(Opcodes.IRETURN));
        }
        code.visitMaxs(9 + firstFree, firstFree + 3);
        code.visitEnd();
    }

    private void writeAround(Advice advice, String descriptor, Type[] parameters, int token, MethodVisitor code) {
        Type result = Type.getReturnType(descriptor);
        int local = token + 1;
        Label start = new Label();
        Label end = new Label();
        Label handler = new Label();
        code.visitTryCatchBlock(start, end, handler, "java/lang/Throwable");
        code.visitVarInsn(Opcodes.ASTORE, token);
        code.visitLabel(start);
        callOriginal(advice, descriptor, parameters, code);
        code.visitVarInsn(result.getOpcode(Opcodes.ISTORE), local);
        code.visitLabel(end);
        callHookAtTheEnd(token, () -> loadBoxed(result, local, code), () -> code.visitInsn(Opcodes.ACONST_NULL), code);
        code.visitVarInsn(result.getOpcode(Opcodes.ILOAD), local);
        code.visitInsn(result.getOpcode(Opcodes.IRETURN));

        code.visitLabel(handler);
        Object[] locals = locals(parameters);
        code.visitFrame(Opcodes.F_FULL, locals.length, locals, 1, new Object[] {"java/lang/Throwable"});
        code.visitVarInsn(Opcodes.ASTORE, local);
        callHookAtTheEnd(
                token, () -> code.visitInsn(Opcodes.ACONST_NULL), () -> code.visitVarInsn(Opcodes.ALOAD, local), code);
        code.visitVarInsn(Opcodes.ALOAD, local);
        code.visitInsn(Opcodes.ATHROW);
    }

    /** The types of the locals when the original method throws: this, the parameters, the hook's answer. */
    private Object[] locals(Type[] parameters) {
        List<Object> locals = new ArrayList<>();
        locals.add(owner);
        for (Type parameter : parameters) {
            locals.add(
                    switch (parameter.getSort()) {
                        case Type.BOOLEAN, Type.BYTE, Type.CHAR, Type.SHORT, Type.INT -> Opcodes.INTEGER;
                        case Type.LONG -> Opcodes.LONG;
                        case Type.FLOAT -> Opcodes.FLOAT;
                        case Type.DOUBLE -> Opcodes.DOUBLE;
                        default -> parameter.getInternalName();
                    });
        }
        locals.add(OBJECT);
        return locals.toArray();
    }

    private void callOriginal(Advice advice, String descriptor, Type[] parameters, MethodVisitor code) {
        code.visitVarInsn(Opcodes.ALOAD, 0);
        int local = 1;
        for (Type parameter : parameters) {
            code.visitVarInsn(parameter.getOpcode(Opcodes.ILOAD), local);
            local += parameter.getSize();
        }
        code.visitMethodInsn(Opcodes.INVOKESPECIAL, owner, RENAMED + advice.method(), descriptor, false);
    }

    private static void callHookWithArguments(HookPoint point, Type[] parameters, MethodVisitor code) {
        startCall(point, 1 + parameters.length, code);
        storeElement(0, () -> code.visitVarInsn(Opcodes.ALOAD, 0), code);
        int local = 1;
        for (int i = 0; i < parameters.length; i++) {
            int from = local;
            Type parameter = parameters[i];
            storeElement(i + 1, () -> loadBoxed(parameter, from, code), code);
            local += parameter.getSize();
        }
        call(code);
    }

    private static void callHookAtTheEnd(int token, Runnable loadResult, Runnable loadError, MethodVisitor code) {
        startCall(HookPoint.LEFT, 3, code);
        storeElement(0, () -> code.visitVarInsn(Opcodes.ALOAD, token), code);
        storeElement(1, loadResult, code);
        storeElement(2, loadError, code);
        call(code);
        code.visitInsn(Opcodes.POP);
    }

    private static void startCall(HookPoint point, int size, MethodVisitor code) {
        code.visitLdcInsn(point.name());
        code.visitIntInsn(Opcodes.BIPUSH, size);
        code.visitTypeInsn(Opcodes.ANEWARRAY, OBJECT);
    }

    private static void storeElement(int index, Runnable load, MethodVisitor code) {
        code.visitInsn(Opcodes.DUP);
        code.visitIntInsn(Opcodes.BIPUSH, index);
        load.run();
        code.visitInsn(Opcodes.AASTORE);
    }

    private static void call(MethodVisitor code) {
        code.visitMethodInsn(
                Opcodes.INVOKESTATIC, HookClass.INTERNAL_NAME, HookClass.CALL, HookClass.CALL_DESCRIPTOR, false);
    }

    private static void loadBoxed(Type type, int local, MethodVisitor code) {
        code.visitVarInsn(type.getOpcode(Opcodes.ILOAD), local);
        String box =
                switch (type.getSort()) {
                    case Type.LONG -> "java/lang/Long";
                    case Type.DOUBLE -> "java/lang/Double";
                    case Type.INT -> "java/lang/Integer";
                    case Type.BOOLEAN -> "java/lang/Boolean";
                    default -> null;
                };
        if (box != null) {
            code.visitMethodInsn(
                    Opcodes.INVOKESTATIC, box, "valueOf", "(" + type.getDescriptor() + ")L" + box + ";", false);
        }
    }
}
