package io.sparkmlflow.mllib;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import scala.collection.JavaConverters;

/**
 * The one place that turns Scala collections into Java's: {@code Seq} is another class in Scala 2.12 than in 2.13, so nothing
 * else here may have it in a signature.
 */
public final class ScalaInterop {
    private ScalaInterop() {}

    /** Returns a Java view of a Scala sequence. */
    @SuppressWarnings("deprecation") // the replacement does not exist in Scala 2.12
    public static <T> List<T> list(scala.collection.Seq<T> seq) {
        return JavaConverters.seqAsJavaList(seq);
    }

    /** Returns a Java view of a Scala map. */
    @SuppressWarnings("deprecation") // as above
    public static <K, V> Map<K, V> map(scala.collection.Map<K, V> map) {
        return JavaConverters.mapAsJavaMap(map);
    }

    /** Returns the value of a Scala option, or {@code null}. */
    public static <T> T orNull(scala.Option<T> option) {
        return option.isDefined() ? option.get() : null;
    }

    /** Returns a copy of a Scala map with Java's maps, lists, and {@code null} for {@code None}, as deep as it goes. */
    static Map<String, Object> deepCopy(scala.collection.Map<String, ?> map) {
        Map<String, Object> copy = new LinkedHashMap<>();
        map(map).forEach((key, value) -> copy.put(String.valueOf(key), copyOf(value)));
        return copy;
    }

    @SuppressWarnings("unchecked") // keys that are no texts become texts
    private static Object copyOf(Object value) {
        if (value instanceof scala.collection.Map<?, ?> map) {
            return deepCopy((scala.collection.Map<String, ?>) map);
        }
        if (value instanceof scala.collection.Iterable<?> items) {
            List<Object> copy = new ArrayList<>();
            for (scala.collection.Iterator<?> next = items.iterator(); next.hasNext(); ) {
                copy.add(copyOf(next.next()));
            }
            return copy;
        }
        return value instanceof scala.Option<?> option ? copyOf(orNull(option)) : value;
    }
}
