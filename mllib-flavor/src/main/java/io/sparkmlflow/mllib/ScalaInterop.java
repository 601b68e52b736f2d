package io.sparkmlflow.mllib;

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
}
