package io.sparkmlflow.udf;

import io.sparkmlflow.MlflowSparkExtensions;
import java.io.FileNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** One session with the extensions for all tests of a JVM, and models that lie in memory. */
final class SharedSpark {
    static final SparkSession SPARK = SparkSession.builder()
            .master("local[2]")
            .appName("udf tests")
            .config("spark.ui.enabled", "false")
            .config("spark.default.parallelism", "1")
            .config("spark.sql.shuffle.partitions", "1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.warehouse.dir", "target/warehouse")
            .config("spark.sql.extensions", Extensions.class.getName())
            .getOrCreate();

    private static final Map<String, LoadedModel> MODELS = new ConcurrentHashMap<>();
    private static final Map<String, String> ALIASES = new ConcurrentHashMap<>();
    static final AtomicInteger LOADS = new AtomicInteger();

    private SharedSpark() {}

    /** Puts a model under {@code memory:name} and returns this URI. */
    static String register(String name, PipelineModel model, String... signature) {
        String uri = "memory:" + name;
        MODELS.put(uri, new LoadedModel(model, uri, List.of(signature)));
        return uri;
    }

    /** Puts a model of another flavor under its URI. */
    static void register(LoadedModel model) {
        MODELS.put(model.uri(), model);
    }

    static void alias(String alias, String uri) {
        ALIASES.put(alias, uri);
    }

    /** Makes a frame that the optimizer can't fold, unlike a local relation. */
    static Dataset<Row> frame(StructType schema, List<Row> rows) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(SPARK.sparkContext());
        return SPARK.createDataFrame(context.parallelize(rows, 1), schema);
    }

    /** The extensions over the models in memory; other URIs are folders. */
    public static final class Extensions extends MlflowSparkExtensions {
        public Extensions() {
            super(new Models());
        }
    }

    static final class Models implements ModelSource {
        private final ModelSource folders = ModelSource.pipelineFolders();

        @Override
        public String resolve(SparkSession spark, String uri) {
            return ALIASES.getOrDefault(uri, uri);
        }

        @Override
        public LoadedModel load(SparkSession spark, String resolvedUri) throws java.io.IOException {
            LOADS.incrementAndGet();
            if (!resolvedUri.startsWith("memory:")) {
                return folders.load(spark, resolvedUri);
            }
            LoadedModel model = MODELS.get(resolvedUri);
            if (model == null) {
                throw new FileNotFoundException("no model of this name is registered");
            }
            return model;
        }
    }
}
