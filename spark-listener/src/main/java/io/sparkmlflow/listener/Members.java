package io.sparkmlflow.listener;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks objects whose classes may be absent, private or different from one version to the next: Spark's plans, Delta's and
 * Iceberg's tables. What is not there is {@code null}.
 */
final class Members {
    private static final Logger LOG = LoggerFactory.getLogger(Members.class);

    private static final ClassValue<Map<String, Optional<Method>>> METHODS = new ClassValue<>() {
        @Override
        protected Map<String, Optional<Method>> computeValue(Class<?> type) {
            return new ConcurrentHashMap<>();
        }
    };

    private Members() {}

    /**
     * Follows public methods without parameters, one after the other. A Scala option on the way is opened.
     *
     * @return what the last one returns, or {@code null} if one of them is missing, fails or returns nothing
     */
    static Object of(Object target, String... names) {
        Object current = opened(target);
        for (String name : names) {
            if (current == null) {
                return null;
            }
            current = opened(call(current, name));
        }
        return current;
    }

    /** As {@link #of}, but {@code null} unless the result is of that type. */
    static <T> T of(Class<T> type, Object target, String... names) {
        Object found = of(target, names);
        return type.isInstance(found) ? type.cast(found) : null;
    }

    /**
     * Reads a field of any visibility. Unlike {@link #of}, it makes nothing happen: a lazy value of Scala's that nobody has asked
     * for yet is {@code null}. A Scala option is opened.
     *
     * @return its value, or {@code null} if it is missing or cannot be read
     */
    static Object field(Object target, String name) {
        for (Class<?> type = target == null ? null : target.getClass(); type != null; type = type.getSuperclass()) {
            try {
                Field field = type.getDeclaredField(name);
                return field.trySetAccessible() ? opened(field.get(target)) : null;
            } catch (NoSuchFieldException e) {
                LOG.trace("{} has no {} of its own", type, name);
            } catch (ReflectiveOperationException | RuntimeException e) {
                LOG.debug("{} does not show {}", type, name, e);
                return null;
            }
        }
        return null;
    }

    private static Object call(Object target, String name) {
        Class<?> type = target.getClass();
        Optional<Method> method = METHODS.get(type).computeIfAbsent(name, missing -> find(type, missing));
        try {
            return method.isPresent() ? method.get().invoke(target) : null;
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("{} does not answer {}()", type, name, e);
            return null;
        }
    }

    /** A bridge is all there is of a method that a public class has from one that is not, such as Iceberg's tables for Spark 4.1. */
    private static Optional<Method> find(Class<?> type, String name) {
        Optional<Method> found = Arrays.stream(type.getMethods())
                .filter(method -> method.getName().equals(name) && method.getParameterCount() == 0)
                .min(Comparator.comparing(Method::isBridge));
        found.ifPresent(Method::trySetAccessible);
        return found;
    }

    private static Object opened(Object value) {
        return value instanceof scala.Option<?> option ? (option.isDefined() ? option.get() : null) : value;
    }
}
