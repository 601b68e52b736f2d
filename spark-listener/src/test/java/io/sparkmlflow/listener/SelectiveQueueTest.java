package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.Timer;
import io.sparkmlflow.MlflowSparkListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.SparkListenerUnpersistRDD;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelectiveQueueTest {
    private static final int TASKS = 50;

    @Test
    void onlyWhatOurListenerHearsGoesThroughItsQueue(@TempDir Path directory) throws Exception {
        SparkSession spark = SparkSession.builder()
                .appName("queue")
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.extraListeners", MlflowSparkListener.class.getName())
                .config("spark.mlflow.trackingUri", "sqlite:///" + directory.resolve("mlflow.db"))
                .getOrCreate();
        try {
            SparkContext context = spark.sparkContext();
            context.listenerBus().waitUntilEmpty(60_000);
            Timer ours = queueTimer(context, "mlflow");
            Timer shared = queueTimer(context, "shared");
            long oursBefore = ours.getCount();
            long sharedBefore = shared.getCount();
            JavaSparkContext.fromSparkContext(context)
                    .parallelize(List.of(1), TASKS)
                    .count();
            context.listenerBus().waitUntilEmpty(60_000);
            // The starts and ends of a job and its tasks, and the stage's end; its beginning and the tasks' are not
            // heard.
            assertThat(ours.getCount() - oursBefore).isEqualTo(1 + TASKS + 1 + 1);
            assertThat(shared.getCount() - sharedBefore).isGreaterThanOrEqualTo(1 + 1 + 2 * TASKS + 1 + 1);
        } finally {
            spark.stop();
        }
    }

    @Test
    void aListenerThatOverridesACallbackHearsIt() throws Exception {
        Map<Class<?>, Integer> heard = new ConcurrentHashMap<>();
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .getOrCreate();
        try {
            SparkContext context = spark.sparkContext();
            SelectiveQueue queue =
                    new SelectiveQueue("test", context.getConf(), context.listenerBus(), new Starts(heard));
            queue.addListener(new Starts(heard));
            queue.start(context);
            queue.post(new SparkListenerTaskStart(1, 0, null));
            queue.post(new SparkListenerStageSubmitted(null, null));
            queue.post(new SparkListenerUnpersistRDD(1));
            queue.post(new SparkListenerTaskEnd(1, 0, null, null, null, null, null));
            queue.stop();
            assertThat(heard).isEqualTo(Map.of(SparkListenerTaskStart.class, 1, SparkListenerTaskEnd.class, 1));
            assertThat(queueTimer(context, "test").getCount()).isEqualTo(2);
        } finally {
            spark.stop();
        }
    }

    @Test
    void aQueueThatRestsHandlesEveryEventInTheEnd() throws Exception {
        Map<Class<?>, Integer> heard = new ConcurrentHashMap<>();
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .getOrCreate();
        try {
            SparkContext context = spark.sparkContext();
            Starts listener = new Starts(heard);
            SelectiveQueue queue = new SelectiveQueue("resting", context.getConf(), context.listenerBus(), listener);
            queue.addListener(listener);
            queue.restWhenEmpty();
            queue.start(context);
            for (int i = 0; i < 2_000; i++) {
                queue.post(new SparkListenerTaskStart(1, 0, null));
                if (i % 500 == 0) {
                    assertThat(queue.waitUntilEmpty(System.currentTimeMillis() + 60_000))
                            .isTrue();
                }
            }
            queue.stop();
            assertThat(heard).isEqualTo(Map.of(SparkListenerTaskStart.class, 2_000));
            assertThat(context.listenerBus()
                            .metrics()
                            .metricRegistry()
                            .getTimers()
                            .keySet())
                    .noneMatch(name -> name.contains(SelectiveQueue.class.getName() + "$"));
        } finally {
            spark.stop();
        }
    }

    private static Timer queueTimer(SparkContext context, String queue) {
        return context.listenerBus().metrics().metricRegistry().timer("queue." + queue + ".listenerProcessingTime");
    }

    /** Hears the starts of tasks, which our own listener does not. */
    private static final class Starts extends SparkListener {
        private final Map<Class<?>, Integer> heard;

        Starts(Map<Class<?>, Integer> heard) {
            this.heard = heard;
        }

        @Override
        public void onTaskStart(SparkListenerTaskStart event) {
            hear(event);
        }

        @Override
        public void onTaskEnd(SparkListenerTaskEnd event) {
            hear(event);
        }

        private void hear(SparkListenerEvent event) {
            heard.merge(event.getClass(), 1, Integer::sum);
        }
    }
}
