package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.config.MlflowConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelSaverTest {
    @TempDir
    Path directory;

    @Test
    void aBoundedNumberOfModelsWaitsAndTheRestIsRefused() throws Exception {
        SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .getOrCreate();
        Dataset<Row> data = spark.range(1).toDF();
        FactQueue queue = new FactQueue(10);
        ModelSaver saver =
                new ModelSaver(queue, MlflowConfig.of(key -> null, Map.of("MLFLOW_DFS_TMP", directory.toString())));
        AtomicInteger brought = new AtomicInteger();
        saver.start(brought::incrementAndGet);
        CountDownLatch free = new CountDownLatch(1);
        Transformer slow = new Slow(free);
        try {
            for (int i = 0; i < ModelSaver.MAX_PENDING; i++) {
                assertThat(saver.accepts(slow)).isTrue();
                saver.save("fit " + i, Map.of("model", slow), data);
            }
            assertThat(saver.accepts(slow)).isFalse();
            assertThat(brought).hasValue(ModelSaver.MAX_PENDING);
            free.countDown();
            for (int i = 0; i < ModelSaver.MAX_PENDING; i++) {
                assertThat(queue.take()).isInstanceOf(Fact.ModelLost.class);
            }
            saver.awaitIdle(60_000);
            assertThat(saver.accepts(slow)).isTrue();
        } finally {
            free.countDown();
            saver.finish(60_000);
            spark.stop();
        }
    }

    /** A stage that keeps its writer waiting, and cannot be saved then. */
    private static final class Slow extends VectorAssembler {
        private static final long serialVersionUID = 1L;
        private final transient CountDownLatch free;

        Slow(CountDownLatch free) {
            this.free = free;
        }

        @Override
        public String uid() {
            if ("mlflow-model-saver".equals(Thread.currentThread().getName())) {
                try {
                    free.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new IllegalStateException("cannot be saved");
            }
            return super.uid();
        }
    }
}
