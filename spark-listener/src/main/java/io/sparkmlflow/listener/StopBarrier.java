package io.sparkmlflow.listener;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.SparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds back the end of a SparkContext, for a bounded time, while the model of a fit is still being written.
 *
 * <p>Writing a model needs Spark jobs, and a context refuses jobs from the moment its {@code stop()} begins; a program that ends
 * with {@code pipeline.fit(df); spark.stop();} would never have its model. There are two ways to the end, each with a place
 * just before that moment: {@code stop()} first logs that it is stopping, on the thread that called it; without a {@code stop()}
 * the JVM's shutdown runs Hadoop's hooks by priority, ours before Spark's. Whoever listens to that log gets a line for each job
 * besides, on the user's thread, so it is not listened to before there is a model.
 */
final class StopBarrier {
    private static final Logger LOG = LoggerFactory.getLogger(StopBarrier.class);

    /** Spark stops its context in a hook of priority 40 (Hadoop's file systems close at 10). Higher runs first. */
    private static final int BEFORE_SPARK = 60;

    private static final long SLACK_SECONDS = 5;
    private static final long NOT_BEGUN = Long.MIN_VALUE;

    private final Guard guard = new Guard();
    private final SparkContext context;
    private final ModelSaver saver;
    private final Duration budget;
    private final AtomicLong deadline = new AtomicLong(NOT_BEGUN);
    private final Runnable exitHook = this::await;
    private volatile boolean passed;
    private volatile boolean listens;
    private StopLogAppender appender;

    StopBarrier(SparkContext context, ModelSaver saver, Duration budget) {
        this.context = context;
        this.saver = saver;
        this.budget = budget;
    }

    void install() {
        ShutdownHookManager.get()
                .addShutdownHook(exitHook, BEFORE_SPARK, budget.toSeconds() + SLACK_SECONDS, TimeUnit.SECONDS);
    }

    /** Begins to listen to {@code stop()}, if that was not done before. */
    void listenToStop() {
        if (listens) {
            return;
        }
        synchronized (this) {
            if (listens || passed) {
                return;
            }
            try {
                appender = StopLogAppender.install(this::await);
            } catch (LinkageError e) {
                LOG.debug("Spark does not log through Log4j 2 here: stop() cannot be held back", e);
            }
            listens = true;
        }
    }

    void uninstall() {
        passed = true;
        synchronized (this) {
            if (appender != null) {
                appender.uninstall();
                appender = null;
            }
        }
        if (!ShutdownHookManager.get().isShutdownInProgress()) {
            ShutdownHookManager.get().removeShutdownHook(exitHook);
        }
    }

    /** Returns how much of the time that the application's end may take is left; the first call starts the clock. */
    long remainingMillis() {
        long now = System.nanoTime();
        deadline.compareAndSet(NOT_BEGUN, now + budget.toNanos());
        return Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadline.get() - now));
    }

    private void await() {
        guard.run(() -> {
            if (passed) {
                return;
            }
            passed = true;
            SparkInternals.awaitEventsHandled(context, remainingMillis());
            try {
                saver.awaitIdle(remainingMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
