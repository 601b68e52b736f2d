package io.sparkmlflow.listener.weave;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/** The woven classes of one class loader. They call one hook at a time: that of the application which started last. */
public final class Woven {
    private final VarHandle hook;
    private final Set<String> classes;

    private Woven(Class<?> hookClass, Set<String> classes) throws ReflectiveOperationException {
        this.hook = MethodHandles.publicLookup().findStaticVarHandle(hookClass, HookClass.HOOK_FIELD, BiFunction.class);
        this.classes = classes;
    }

    static Woven made(Class<?> hookClass, List<String> classes) throws ReflectiveOperationException {
        hookClass.getField(HookClass.WOVEN_FIELD).set(null, String.join(",", classes));
        return new Woven(hookClass, Set.copyOf(classes));
    }

    static Woven find(Class<?> hookClass) throws NotWovenException {
        try {
            if (hookClass.getField(HookClass.WOVEN_FIELD).get(null) instanceof String names) {
                return new Woven(hookClass, Set.of(names.split(",")));
            }
        } catch (ReflectiveOperationException e) {
            throw new NotWovenException("another version of spark-mlflow has woven Spark's classes", e);
        }
        throw new NotWovenException(
                "Spark's ML classes could not be woven for an earlier application in this JVM", null);
    }

    /** Returns the names of the classes that call back. */
    public Set<String> classes() {
        return classes;
    }

    /** Makes the woven classes call {@code next}, with the name of a {@link HookPoint}. It must never throw. */
    public void call(BiFunction<String, Object[], Object> next) {
        hook.setVolatile(next);
    }

    /** Returns whether the woven classes call {@code mine}, and nobody else has taken its place since. */
    public boolean calls(BiFunction<String, Object[], Object> mine) {
        return hook.getVolatile() == mine;
    }

    /** Makes the woven classes call nobody, unless they call somebody else than {@code mine} by now. */
    public void release(BiFunction<String, Object[], Object> mine) {
        hook.compareAndSet(mine, null);
    }
}
