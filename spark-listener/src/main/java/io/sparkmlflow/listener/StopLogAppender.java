package io.sparkmlflow.listener;

import java.util.Map;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;
import org.apache.spark.SparkContext;
import org.apache.spark.internal.Logging$;

/**
 * Calls back when {@code SparkContext.stop()} begins, on the thread that called it.
 *
 * <p>{@code stop()} logs "SparkContext is stopping" at INFO before it does anything else. This puts a logger configuration for
 * that one class in place, which lets INFO through to this appender and to nobody else who would not have got it: what the
 * user's configuration prints stays the same, line for line.
 */
final class StopLogAppender extends AbstractAppender {
    private static final String LOGGER = SparkContext.class.getName();

    private final Runnable onStop;
    private final LoggerContext logging;
    private LoggerConfig ours;

    private StopLogAppender(Runnable onStop, LoggerContext logging) {
        super("spark-mlflow-stop", null, null, true, Property.EMPTY_ARRAY);
        this.onStop = onStop;
        this.logging = logging;
    }

    /** Installs the appender. Returns {@code null} if Log4j 2 is not what Spark logs with, or that logger is configured. */
    static StopLogAppender install(Runnable onStop) {
        if (!(LogManager.getContext(SparkContext.class.getClassLoader(), false) instanceof LoggerContext logging)) {
            return null;
        }
        if (logging.getConfiguration().getLoggers().containsKey(LOGGER)) {
            return null;
        }
        StopLogAppender appender = new StopLogAppender(onStop, logging);
        appender.start();
        appender.ours = new LoggerConfig(LOGGER, Level.INFO, false);
        appender.ours.addAppender(appender, Level.INFO, null);
        logging.getConfiguration().addLogger(LOGGER, appender.ours);
        logging.updateLoggers();
        return appender;
    }

    void uninstall() {
        Configuration configuration = logging.getConfiguration();
        Map<String, LoggerConfig> loggers = configuration.getLoggers();
        if (loggers.get(LOGGER) == ours) {
            configuration.removeLogger(LOGGER);
            logging.updateLoggers();
        }
    }

    @Override
    public void append(LogEvent event) {
        LoggerConfig parent =
                ours.getParent() == null ? logging.getConfiguration().getRootLogger() : ours.getParent();
        if (parent.getLevel().isLessSpecificThan(event.getLevel()) && !isHiddenByShell(event)) {
            parent.log(event);
        }
        if (calledByStop()) {
            onStop.run();
        }
    }

    /**
     * Spark's shells hide what is below a threshold of their own, unless the logger is configured by itself: that this one is
     * configured now is not the user's wish.
     */
    private static boolean isHiddenByShell(LogEvent event) {
        Level threshold = Logging$.MODULE$.sparkShellThresholdLevel();
        return threshold != null && !event.getLevel().isMoreSpecificThan(threshold);
    }

    private static boolean calledByStop() {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getMethodName().equals("stop")
                        && frame.getClassName().equals(LOGGER)));
    }
}
