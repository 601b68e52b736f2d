package io.sparkmlflow.listener.weave;

import org.objectweb.asm.Opcodes;

/**
 * A method that is to call back.
 *
 * @param parameters the start of its descriptor, up to where Spark's versions differ
 * @param around whether its end is told too
 */
record Advice(HookPoint point, String method, String parameters, boolean around) {
    boolean matches(int access, String name, String descriptor) {
        return (access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_BRIDGE | Opcodes.ACC_STATIC)) == 0
                && name.equals(method)
                && descriptor.startsWith(parameters);
    }
}
