package io.sparkmlflow.udf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.hash.Murmur3_x86_32;
import scala.Function1;

/** {@code HashingTF} of strings, which looks up its params for each word and counts in a map of objects. */
final class FastHashing extends FastFunction {
    private static final long serialVersionUID = 1L;

    private static final int SEED = 42;
    /** Hash functions of older Sparks differ in what is left over after each four bytes, and in bytes above 127. */
    private static final List<String> PROBES = List.of("", "a", "bc", "def", "four", "fünf", "ßß", "a longer one, 日本語");

    private final int size;
    private final boolean binary;

    // Spark ships the same function to the executors: it is serializable, though its type doesn't say so.
    @SuppressWarnings("serial")
    private final Function1<Object, Object> own;

    @SuppressWarnings("unchecked")
    private FastHashing(int size, boolean binary, Object own) {
        this.size = size;
        this.binary = binary;
        this.own = (Function1<Object, Object>) own;
    }

    /** Returns the faster form, null for a model of an older Spark that hashes in another way. */
    static FastHashing of(HashingTF stage, Object own) {
        FastHashing fast = new FastHashing(stage.getNumFeatures(), stage.getBinary(), own);
        return PROBES.stream().allMatch(word -> fast.place(word) == stage.indexOf(word)) ? fast : null;
    }

    @Override
    public Object apply(Object value) {
        if (!(value instanceof scala.collection.Seq<?> words)) {
            return own.apply(value);
        }
        int[] places = new int[words.size()];
        scala.collection.Iterator<?> each = words.iterator();
        for (int i = 0; i < places.length; i++) {
            if (!(each.next() instanceof String word)) {
                return own.apply(value);
            }
            places[i] = place(word);
        }
        Arrays.sort(places);
        return counted(places);
    }

    /** Counts equal places, which stand beside each other. */
    private SparseVector counted(int[] places) {
        int count = 0;
        double[] values = new double[places.length];
        for (int i = 0; i < places.length; i++) {
            if (count > 0 && places[i] == places[count - 1]) {
                values[count - 1] += binary ? 0 : 1;
            } else {
                places[count] = places[i];
                values[count++] = 1;
            }
        }
        return new SparseVector(size, Arrays.copyOf(places, count), Arrays.copyOf(values, count));
    }

    private int place(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int hash = Murmur3_x86_32.hashUnsafeBytes2(bytes, Platform.BYTE_ARRAY_OFFSET, bytes.length, SEED);
        return Math.floorMod(hash, size);
    }
}
