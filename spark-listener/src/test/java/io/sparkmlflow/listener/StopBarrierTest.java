package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.config.MlflowConfig;
import java.time.Duration;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.Test;

class StopBarrierTest {
    private static final String LOGGER = SparkContext.class.getName();

    private final LoggerContext logging =
            (LoggerContext) LogManager.getContext(SparkContext.class.getClassLoader(), false);
    private final ModelSaver saver = new ModelSaver(new FactQueue(10), MlflowConfig.of(key -> null, Map.of()));
    private final StopBarrier barrier = new StopBarrier(null, saver, Duration.ofSeconds(1));

    @Test
    void whatSparkLogsForEachJobIsNotMadeBeforeThereIsAModel() {
        barrier.install();
        try {
            assertThat(logging.getConfiguration().getLoggers()).doesNotContainKey(LOGGER);
            barrier.listenToStop();
            assertThat(logging.getConfiguration().getLoggers()).containsKey(LOGGER);
        } finally {
            barrier.uninstall();
        }
        assertThat(logging.getConfiguration().getLoggers()).doesNotContainKey(LOGGER);
    }

    @Test
    void anApplicationThatHasEndedIsNotListenedToAnyMore() {
        barrier.install();
        barrier.uninstall();

        barrier.listenToStop();

        assertThat(logging.getConfiguration().getLoggers()).doesNotContainKey(LOGGER);
    }
}
