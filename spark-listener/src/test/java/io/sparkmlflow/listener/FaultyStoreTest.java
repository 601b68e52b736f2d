package io.sparkmlflow.listener;

import static io.sparkmlflow.testing.FaultServer.cut;
import static io.sparkmlflow.testing.FaultServer.drip;
import static io.sparkmlflow.testing.FaultServer.reply;
import static io.sparkmlflow.testing.FaultServer.stall;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowSparkListener;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerApplicationStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Stores that answer wrongly, late or never, and ones that throw what no store should: the job gets the same results, its context
 * stops, and the log has one warning.
 */
@Tag("thorough")
@Timeout(600)
class FaultyStoreTest {
    private static final String HTML = "<html><body>Bad gateway</body></html>";
    private static final String SERVERS_ERROR =
            "{\"error_code\": \"INTERNAL_ERROR\", \"message\": \"database is locked\"}";

    private static List<Object> expected;

    @TempDir
    Path directory;

    @BeforeAll
    static void runWithoutTheListener() {
        expected = run(Map.of());
    }

    static Stream<Named<FaultServer.Behaviour>> answers() {
        return Stream.of(
                Named.of("a 500 of something in between", reply(500, "text/html", HTML)),
                Named.of("a 500 of MLflow's", reply(500, "application/json", SERVERS_ERROR)),
                Named.of("a 429 for ever", reply(429, "text/plain", "", "Retry-After: 1")),
                Named.of("a page instead of JSON", reply(200, "text/html", HTML)),
                Named.of("JSON that is too deep", reply(200, "application/json", "[".repeat(200_000))),
                Named.of("half an answer", cut(SERVERS_ERROR)),
                Named.of("no answer", stall()),
                Named.of("a byte now and then", drip()));
    }

    @ParameterizedTest
    @MethodSource("answers")
    void aServerThatAnswersSoFromTheStartCostsOneWarning(FaultServer.Behaviour behaviour) throws IOException {
        try (FaultServer server = FaultServer.start().otherwise(behaviour);
                OurWarnings warnings = OurWarnings.listen()) {
            Path spool = directory.resolve("spool");
            assertThat(run(tracked(server.uri(), spool))).isEqualTo(expected);
            assertThat(server.requests()).isNotEmpty();
            assertThat(warnings.messages()).hasSize(1).first().asString().contains(spool.toString());
            assertThat(spool).isNotEmptyDirectory();
        }
    }

    @Test
    void aSpoolThatCannotBeWrittenEitherCostsNoMore() throws IOException {
        // Below a regular file: root cannot write there either.
        Path file = Files.createFile(directory.resolve("file"));
        try (OurWarnings warnings = OurWarnings.listen()) {
            String nobody = "http://127.0.0.1:" + FaultServer.closedPort();
            assertThat(run(tracked(nobody, file.resolve("spool")))).isEqualTo(expected);
            assertThat(warnings.messages()).hasSize(1).first().asString().contains("Cannot write the spool");
        }
    }

    static Stream<Named<Throwable>> errors() {
        return Stream.of(
                Named.of("a missing class", new NoClassDefFoundError("org/example/Missing")),
                Named.of("a stack overflow", new StackOverflowError()),
                Named.of("no memory", new OutOfMemoryError("Java heap space")),
                Named.of("a mistake of ours", new IllegalStateException("cannot be")));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void aStoreThatThrowsAtTheStartCostsOneWarning(Throwable error) {
        assertOneWarning(new Faults(error, 0));
    }

    @Test
    void aStoreThatThrowsInTheMiddleCostsOneWarningAndNothingThatIsThere() {
        assertOneWarning(new Faults(new OutOfMemoryError("Java heap space"), 4));
        List<Run> runs = StoredRuns.read(store()).runs();
        assertThat(runs).isNotEmpty();
        assertThat(StoredRuns.read(store()).application("faults").data().params())
                .containsKey("spark.version");
    }

    private void assertOneWarning(Faults faults) {
        try (OurWarnings warnings = OurWarnings.listen()) {
            FaultyListener.faults = faults;
            assertThat(run(trackedBy(FaultyListener.class, store()))).isEqualTo(expected);
            assertThat(faults.calls.get()).isGreaterThan(faults.healthyCalls);
            String said = faults.error instanceof LinkageError ? "tracking stops here" : "is not tracked in MLflow";
            assertThat(warnings.messages()).hasSize(1).first().asString().contains(said);
        }
    }

    /** Nothing else ends this but the bound: the store answers only when the context has stopped. */
    @Test
    void aStoreThatCannotBeInterruptedDoesNotHoldTheEnd() throws InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (OurWarnings warnings = OurWarnings.listen()) {
            FaultyListener.faults = new Faults(null, 4) {
                @Override
                void fail() {
                    boolean interrupted = false;
                    while (stopped.getCount() > 0) {
                        try {
                            stopped.await();
                        } catch (InterruptedException e) {
                            interrupted = true;
                        }
                    }
                    if (interrupted) {
                        Thread.currentThread().interrupt();
                    }
                }
            };
            assertThat(run(trackedBy(FaultyListener.class, store()))).isEqualTo(expected);
            assertThat(warnings.messages()).hasSize(1).first().asString().contains("not fully, tracked in MLflow");
        } finally {
            stopped.countDown();
            awaitSenderOtherThan(before);
        }
    }

    /** What a sender says late must not be taken for what the next application says. */
    private static void awaitSenderOtherThan(Set<Thread> before) throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("mlflow-sender") && !before.contains(thread)) {
                thread.join();
            }
        }
    }

    private String store() {
        return "sqlite:///" + directory.resolve("mlflow.db");
    }

    private static Map<String, String> tracked(String store, Path spool) {
        return Map.of(
                "spark.extraListeners",
                MlflowSparkListener.class.getName(),
                "spark.mlflow.trackingUri",
                store,
                "spark.mlflow.spool",
                spool.toString(),
                "spark.mlflow.flushTimeoutSeconds",
                "8");
    }

    private Map<String, String> trackedBy(Class<?> listener, String store) {
        return Map.of(
                "spark.extraListeners",
                listener.getName(),
                "spark.mlflow.trackingUri",
                store,
                "spark.mlflow.spool",
                directory.resolve("spool").toString(),
                "spark.mlflow.flushTimeoutSeconds",
                "20",
                "spark.mlflow.autolog.logModels",
                "false");
    }

    /** The job: returns everything that it computes. Stops its context. */
    private static List<Object> run(Map<String, String> conf) {
        SparkSession.Builder builder = SparkSession.builder();
        builder.appName("faults").master("local[2]").config("spark.ui.enabled", "false");
        conf.forEach(builder::config);
        SparkSession spark = builder.getOrCreate();
        Dataset<Row> data = spark.range(0, 40, 1, 1)
                .selectExpr("cast(id % 7 as double) x", "cast(id % 5 as double) y", "cast(id % 2 as double) label");
        VectorAssembler assembler =
                new VectorAssembler().setInputCols(new String[] {"x", "y"}).setOutputCol("features");
        PipelineModel model = new Pipeline()
                .setStages(new PipelineStage[] {assembler, new LogisticRegression().setMaxIter(5)})
                .fit(data);
        List<Object> results = new ArrayList<>();
        results.add(((LogisticRegressionModel) model.stages()[1]).coefficients());
        results.add(model.transform(data).select("probability").collectAsList());
        results.add(data.groupBy("y").count().orderBy("y").collectAsList());
        spark.stop();
        return results;
    }

    /** What goes wrong in a store after some calls that do not. */
    private static class Faults {
        private final Throwable error;
        private final int healthyCalls;
        private final AtomicInteger calls = new AtomicInteger();

        Faults(Throwable error, int healthyCalls) {
            this.error = error;
            this.healthyCalls = healthyCalls;
        }

        MlflowClient open(MlflowConfig config) {
            TrackingStore real = MlflowClient.open(config).tracking();
            TrackingStore faulty = (TrackingStore) Proxy.newProxyInstance(
                    TrackingStore.class.getClassLoader(),
                    new Class<?>[] {TrackingStore.class},
                    (proxy, method, arguments) -> {
                        if (!method.getName().equals("close") && calls.incrementAndGet() > healthyCalls) {
                            fail();
                        }
                        try {
                            return method.invoke(real, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
            return MlflowClient.over(faulty, MlflowClient.open(config)::openArtifacts, config);
        }

        void fail() throws Throwable {
            throw error;
        }
    }

    /** Our listener over a faulty store, made by Spark as ours is. */
    public static final class FaultyListener extends SparkListener {
        private static volatile Faults faults;

        private final SparkListener standIn;

        public FaultyListener(SparkConf conf) {
            standIn = ListenerBootstrap.start(conf, faults::open);
        }

        @Override
        public void onApplicationStart(SparkListenerApplicationStart event) {
            standIn.onApplicationStart(event);
        }

        @Override
        public void onApplicationEnd(SparkListenerApplicationEnd event) {
            standIn.onApplicationEnd(event);
        }
    }
}
