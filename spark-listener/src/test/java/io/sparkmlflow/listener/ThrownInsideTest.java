package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.sparkmlflow.MlflowSparkListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.spark.SparkConf;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is thrown inside our code, on Spark's bus and on the user's threads: errors too, which would stop the SparkContext. */
class ThrownInsideTest {
    private static final List<Consumer<SparkListener>> CALLBACKS = List.of(
            listener -> listener.onApplicationStart(null),
            listener -> listener.onJobStart(null),
            listener -> listener.onJobEnd(null),
            listener -> listener.onStageCompleted(null),
            listener -> listener.onTaskEnd(null),
            listener -> listener.onOtherEvent(null),
            listener -> listener.onStageCompleted(new HostileStage(new NoSuchMethodError("stageInfo"))),
            listener -> listener.onTaskEnd(new HostileTask(new OutOfMemoryError("Java heap space"))),
            listener -> listener.onTaskEnd(new HostileTask(new StackOverflowError())),
            listener -> listener.onApplicationEnd(null));

    @TempDir
    Path directory;

    @Test
    void nothingGetsOutOfACallbackAndOneWarningIsSaid() {
        SparkConf conf = new SparkConf(false)
                .set("spark.mlflow.trackingUri", "sqlite:///" + directory.resolve("mlflow.db"))
                .set("spark.mlflow.spool", directory.resolve("spool").toString())
                .set("spark.mlflow.instrumentation", "off")
                .set("spark.mlflow.flushTimeoutSeconds", "1");
        try (OurWarnings warnings = OurWarnings.listen()) {
            for (Consumer<SparkListener> callback : CALLBACKS) {
                // Without a context there is no bus to give it a queue: it is handed to us.
                SparkListener listener = ListenerBootstrap.start(conf);
                assertThat(listener).isInstanceOf(ApplicationListener.class);
                int before = warnings.messages().size();
                assertThatCode(() -> callback.accept(listener)).doesNotThrowAnyException();
                assertThatCode(() -> callback.accept(listener)).doesNotThrowAnyException();
                assertThat(warnings.messages().size() - before).isLessThanOrEqualTo(1);
                listener.onApplicationEnd(null);
            }
            assertThat(warnings.messages()).anyMatch(message -> message.contains("tracking stops here"));
        }
    }

    @Test
    void anEstimatorThatThrowsWhenWeAskItFitsAsWithoutUs() {
        Vector expected = new LinearRegression()
                .setMaxIter(3)
                .fit(data(session(Map.of())))
                .coefficients();
        SparkSession.active().stop();

        String store = "sqlite:///" + directory.resolve("mlflow.db");
        SparkSession spark = session(Map.of(
                "spark.extraListeners",
                MlflowSparkListener.class.getName(),
                "spark.mlflow.trackingUri",
                store,
                "spark.mlflow.flushTimeoutSeconds",
                "60"));
        try (OurWarnings warnings = OurWarnings.listen()) {
            for (Error error : List.of(
                    new StackOverflowError(),
                    new OutOfMemoryError("Java heap space"),
                    new AssertionError("cannot be"))) {
                Hostile hostile = new Hostile(error);
                assertThat(hostile.setMaxIter(3).fit(data(spark)).coefficients())
                        .isEqualTo(expected);
                assertThat(hostile.thrown.get()).isPositive();
            }
            assertThat(new LinearRegression().setMaxIter(3).fit(data(spark)).coefficients())
                    .isEqualTo(expected);
            // After this one nothing more is tried, nor said.
            Hostile hostile = new Hostile(new NoClassDefFoundError("org/example/Missing"));
            assertThat(hostile.setMaxIter(3).fit(data(spark)).coefficients()).isEqualTo(expected);
            assertThat(hostile.thrown.get()).isPositive();
            assertThat(new LinearRegression().setMaxIter(3).fit(data(spark)).coefficients())
                    .isEqualTo(expected);
            spark.stop();
            assertThat(warnings.messages()).hasSize(1);
        } finally {
            spark.stop();
        }
        StoredRuns stored = StoredRuns.read(store);
        assertThat(stored.childrenOf(stored.application("thrown-inside"))).hasSize(1);
    }

    private static SparkSession session(Map<String, String> conf) {
        SparkSession.Builder builder = SparkSession.builder();
        builder.appName("thrown-inside").master("local[2]").config("spark.ui.enabled", "false");
        conf.forEach(builder::config);
        return builder.getOrCreate();
    }

    private static Dataset<Row> data(SparkSession spark) {
        return new VectorAssembler()
                .setInputCols(new String[] {"id", "x"})
                .setOutputCol("features")
                .transform(spark.range(0, 30, 1, 1)
                        .selectExpr("id", "cast(id % 7 as double) x", "cast(id * 2 + id % 3 as double) label"));
    }

    private static boolean calledByUs() {
        return StackWalker.getInstance()
                .walk(frames ->
                        frames.anyMatch(frame -> frame.getClassName().equals(EstimatorDescription.class.getName())));
    }

    /** Answers Spark, and throws when the listener describes it. */
    private static final class Hostile extends LinearRegression {
        private static final long serialVersionUID = 1L;
        private final transient Error error;
        private final transient AtomicInteger thrown = new AtomicInteger();

        Hostile(Error error) {
            this.error = error;
        }

        @Override
        public Param<?>[] params() {
            if (thrown != null && calledByUs()) {
                thrown.incrementAndGet();
                throw error;
            }
            return super.params();
        }
    }

    private static final class HostileStage extends SparkListenerStageCompleted {
        private static final long serialVersionUID = 1L;
        private final transient Error error;

        HostileStage(Error error) {
            super(null);
            this.error = error;
        }

        @Override
        public StageInfo stageInfo() {
            throw error;
        }
    }

    private static final class HostileTask extends SparkListenerTaskEnd {
        private static final long serialVersionUID = 1L;
        private final transient Error error;

        HostileTask(Error error) {
            super(1, 0, null, null, null, null, null);
            this.error = error;
        }

        @Override
        public TaskMetrics taskMetrics() {
            throw error;
        }
    }
}
