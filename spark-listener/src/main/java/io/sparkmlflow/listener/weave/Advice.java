package io.sparkmlflow.listener.weave;

import java.lang.reflect.Modifier;

/**
 * A method that is to call back.
 *
 * @param parameters the start of its descriptor, up to where Spark's versions differ
 * @param around whether its end is told too
 */
record Advice(HookPoint point, String method, String parameters, boolean around) {
    /** A method that only casts and calls the one of the same name; {@link Modifier} has no name for it. */
    private static final int BRIDGE = 0x0040;

    boolean matches(int access, String name, String descriptor) {
        return (access & (Modifier.ABSTRACT | Modifier.STATIC | BRIDGE)) == 0
                && name.equals(method)
                && descriptor.startsWith(parameters);
    }
}
