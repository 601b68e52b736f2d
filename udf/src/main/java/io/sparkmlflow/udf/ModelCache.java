package io.sparkmlflow.udf;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The models in use, and what they were folded to for each type of call. Bounded, oldest use first: a model may be hundreds
 * of megabytes, and a query that still uses one keeps it alive without the cache.
 */
final class ModelCache {
    private static final int MODELS = 16;
    private static final int SCHEMAS = 32;
    /** What an expression takes from the session when it is made, not when it is evaluated. */
    private static final List<String> CAPTURED_CONF =
            List.of("spark.sql.ansi.enabled", "spark.sql.caseSensitive", "spark.sql.session.timeZone");

    private final ModelSource source;
    private final Map<Key, Entry> entries = new Lru<>(MODELS);

    ModelCache(ModelSource source) {
        this.source = source;
    }

    /** A model of one Spark application: broadcasts in it don't outlive the context. */
    private record Key(String applicationId, String resolvedUri) {}

    private record Shape(StructType schema, List<String> conf) {}

    /** A model that loads at its first use; others who want it wait, those who want another model don't. */
    static final class Entry {
        private final Map<Shape, FoldedModel> folded = new Lru<>(SCHEMAS);
        private LoadedModel model;

        private synchronized LoadedModel load(ModelSource source, SparkSession spark, String uri) throws IOException {
            if (model == null) {
                model = source.load(spark, uri);
            }
            return model;
        }

        /** Returns the folded model for calls with these columns. */
        synchronized FoldedModel folded(SparkSession spark, StructType schema, Supplier<FoldedModel> fold) {
            Shape shape = new Shape(
                    schema,
                    CAPTURED_CONF.stream().map(key -> spark.conf().get(key)).toList());
            FoldedModel known = folded.get(shape);
            if (known == null) {
                known = fold.get();
                folded.put(shape, known);
            }
            return known;
        }

        synchronized LoadedModel model() {
            return model;
        }
    }

    /** Returns the entry of a model, which is loaded then. */
    @SuppressWarnings("RedundantThrows") // Scala throws Spark's checked exception without a word.
    Entry get(SparkSession spark, String uri) throws IOException, AnalysisException {
        String resolved = source.resolve(spark, uri);
        String application = spark.sparkContext().applicationId();
        Key key = new Key(application, resolved);
        Entry entry;
        synchronized (entries) {
            entries.keySet().removeIf(other -> !other.applicationId().equals(application));
            entry = entries.computeIfAbsent(key, k -> new Entry());
        }
        entry.load(source, spark, resolved);
        return entry;
    }

    private static final class Lru<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1L;

        private final int capacity;

        Lru(int capacity) {
            super(16, 0.75f, true);
            this.capacity = capacity;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > capacity;
        }
    }
}
