package io.sparkmlflow.udf;

import io.sparkmlflow.config.Setting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The models in use, and what they were folded to for each type of call. Bounded by bytes, oldest use first: a model may be
 * hundreds of megabytes, and a query that still uses one keeps it alive without the cache.
 */
final class ModelCache {
    private static final int MODELS = 16;
    private static final int SCHEMAS = 32;
    /** What an expression takes from the session when it is made, not when it is evaluated. */
    private static final List<String> CAPTURED_CONF =
            List.of("spark.sql.ansi.enabled", "spark.sql.caseSensitive", "spark.sql.session.timeZone");

    private final ModelSource source;
    private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    ModelCache(ModelSource source) {
        this.source = source;
    }

    /** A model of one Spark application: broadcasts in it don't outlive the context. */
    private record Key(String applicationId, String store, String resolvedUri) {}

    private record Shape(
            StructType schema, Map<String, Object> params, List<String> conf, boolean fused, boolean fast) {}

    /** A model that loads at its first use; others who want it wait, those who want another model don't. */
    static final class Entry {
        private final Map<Shape, ModelFunction> functions = new Lru<>(SCHEMAS);
        private LoadedModel model;
        private volatile long bytes;

        private synchronized LoadedModel load(ModelSource source, SparkSession spark, String uri) throws IOException {
            if (model == null) {
                model = source.load(spark, uri);
            }
            return model;
        }

        /**
         * Returns the model for calls with these columns and params.
         *
         * @param called this model under the name that the caller gave it
         */
        synchronized ModelFunction function(
                SparkSession spark, LoadedModel called, StructType schema, Map<String, Object> params) {
            boolean fused = isOn(spark, Setting.FUSED_FUNCTIONS);
            boolean fast = isOn(spark, Setting.FAST_FUNCTIONS);
            List<String> conf =
                    CAPTURED_CONF.stream().map(key -> spark.conf().get(key)).toList();
            Shape shape = new Shape(schema, params, conf, fused, fast);
            ModelFunction known = functions.get(shape);
            if (known == null) {
                known = called.function(spark, schema, params, fused, fast);
                functions.put(shape, known);
            }
            return known;
        }

        private synchronized void measure() {
            bytes = model.bytes()
                    + functions.values().stream()
                            .mapToLong(ModelFunction::bytes)
                            .sum();
        }

        private synchronized void release() {
            functions.values().forEach(ModelFunction::release);
            if (model != null) {
                model.release();
            }
        }

        synchronized LoadedModel model() {
            return model;
        }
    }

    /** Returns the fixed address of the model that a URI stands for now. */
    String resolve(SparkSession spark, String uri) throws IOException {
        return source.resolve(spark, uri);
    }

    /** Returns the entry of a model, which is loaded then. */
    @SuppressWarnings("RedundantThrows") // Scala throws Spark's checked exception without a word.
    Entry get(SparkSession spark, String uri) throws IOException, AnalysisException {
        String resolved = source.resolve(spark, uri);
        String application = spark.sparkContext().applicationId();
        Key key = new Key(application, source.store(spark), resolved);
        Entry entry;
        synchronized (entries) {
            entries.keySet().removeIf(other -> !other.applicationId().equals(application));
            entry = entries.computeIfAbsent(key, k -> new Entry());
        }
        entry.load(source, spark, resolved);
        return entry;
    }

    /**
     * Lets models go until the others fit, those first that nobody has asked for the longest time; the one in use stays. A
     * query that still runs keeps its model.
     *
     * @param used the entry that was used last
     */
    void trim(SparkSession spark, Entry used) {
        long most = most(spark);
        used.measure();
        List<Entry> released = new ArrayList<>();
        synchronized (entries) {
            long bytes =
                    entries.values().stream().mapToLong(entry -> entry.bytes).sum();
            Iterator<Entry> oldestFirst = entries.values().iterator();
            while ((bytes > most || entries.size() > MODELS) && oldestFirst.hasNext()) {
                Entry oldest = oldestFirst.next();
                if (oldest != used) {
                    bytes -= oldest.bytes;
                    oldestFirst.remove();
                    released.add(oldest);
                }
            }
        }
        released.forEach(Entry::release);
    }

    /** Reads a setting that is on unless it is switched off. */
    static boolean isOn(SparkSession spark, Setting setting) {
        return Boolean.parseBoolean(spark.conf().get(setting.sparkKey(), setting.defaultValue()));
    }

    private static long most(SparkSession spark) {
        String key = Setting.FUNCTIONS_CACHE_BYTES.sparkKey();
        String bytes = spark.conf().get(key, Long.toString(Runtime.getRuntime().maxMemory() / 8));
        try {
            return Long.parseLong(bytes);
        } catch (NumberFormatException e) {
            throw new ModelExpressionException(key + " takes a number of bytes, such as 1000000000, not " + bytes, e);
        }
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
