package io.sparkmlflow;

import io.sparkmlflow.listener.ListenerBootstrap;
import io.sparkmlflow.listener.ScalaVersion;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerApplicationStart;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tracks a Spark application in MLflow: name it in {@code spark.extraListeners} and change nothing else.
 *
 * <p>The real work is done by a listener on a bus queue of its own. This class, which Spark puts on the shared queue, only
 * starts it, and stands in for it where Spark does not let it have that queue.
 */
public final class MlflowSparkListener extends SparkListener {
    private final SparkListener standIn;

    /** Called by Spark while the {@code SparkContext} is being made, with its live configuration. Never throws. */
    public MlflowSparkListener(SparkConf conf) {
        this.standIn = start(conf);
    }

    @SuppressWarnings("CatchingUnchecked")
    private static SparkListener start(SparkConf conf) {
        try {
            ScalaVersion.check();
            return ListenerBootstrap.start(conf);
        } catch (Throwable t) {
            // Whatever escapes this constructor stops the user's SparkContext: a missing class or a wrong Scala
            // included.
            return nothing(t);
        }
    }

    private static SparkListener nothing(Throwable cause) {
        Logger log = LoggerFactory.getLogger(MlflowSparkListener.class);
        if (cause instanceof MlflowException) {
            log.warn("This application is not tracked in MLflow: {}", cause.getMessage());
        } else if (cause instanceof LinkageError) {
            log.warn(
                    "This application is not tracked in MLflow: spark-mlflow does not work here ({}). Is its jar the one for"
                            + " this Spark's Scala version?",
                    cause.toString());
        } else {
            log.warn(
                    "This application is not tracked in MLflow: {}. Please report this with the stack trace",
                    cause.toString(),
                    cause);
        }
        return new SparkListener() {};
    }

    @Override
    public void onApplicationStart(SparkListenerApplicationStart event) {
        standIn.onApplicationStart(event);
    }

    @Override
    public void onApplicationEnd(SparkListenerApplicationEnd event) {
        standIn.onApplicationEnd(event);
    }

    @Override
    public void onJobStart(SparkListenerJobStart event) {
        standIn.onJobStart(event);
    }

    @Override
    public void onJobEnd(SparkListenerJobEnd event) {
        standIn.onJobEnd(event);
    }

    @Override
    public void onStageCompleted(SparkListenerStageCompleted event) {
        standIn.onStageCompleted(event);
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd event) {
        standIn.onTaskEnd(event);
    }

    @Override
    public void onOtherEvent(SparkListenerEvent event) {
        standIn.onOtherEvent(event);
    }
}
