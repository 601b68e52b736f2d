package io.sparkmlflow.listener;

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

    /** What is logged for each job; to walk the stack for each of them would take longer than all else here. */
    private static final String STARTING = "Starting job";

    private final Runnable onStop;
    private final LoggerContext logging;
    /** Stood in our place before; {@code null} if nothing did. */
    private final LoggerConfig users;

    private final LoggerConfig ours;

    private StopLogAppender(Runnable onStop, LoggerContext logging) {
        super("spark-mlflow-stop", null, null, true, Property.EMPTY_ARRAY);
        this.onStop = onStop;
        this.logging = logging;
        this.users = logging.getConfiguration().getLoggers().get(LOGGER);
        Level wanted = logging.getConfiguration().getLoggerConfig(LOGGER).getLevel();
        this.ours = new LoggerConfig(LOGGER, wanted.isLessSpecificThan(Level.INFO) ? wanted : Level.INFO, false);
    }

    /** Installs the appender. Returns {@code null} if Log4j 2 is not what Spark logs with. */
    static StopLogAppender install(Runnable onStop) {
        if (!(LogManager.getContext(SparkContext.class.getClassLoader(), false) instanceof LoggerContext logging)) {
            return null;
        }
        StopLogAppender appender = new StopLogAppender(onStop, logging);
        appender.start();
        appender.ours.addAppender(appender, null, null);
        appender.configure(appender.ours);
        return appender;
    }

    void uninstall() {
        if (logging.getConfiguration().getLoggers().get(LOGGER) == ours) {
            configure(users);
        }
    }

    /** Puts a configuration in place of what is there; {@code null} puts nothing. */
    private void configure(LoggerConfig logger) {
        Configuration configuration = logging.getConfiguration();
        configuration.removeLogger(LOGGER);
        if (logger != null) {
            configuration.addLogger(LOGGER, logger);
        }
        logging.updateLoggers();
    }

    @Override
    public void append(LogEvent event) {
        LoggerConfig next = next();
        if (next.getLevel().isLessSpecificThan(event.getLevel()) && (next == users || !isHiddenByShell(event))) {
            next.log(event);
        }
        if (!event.getMessage().getFormattedMessage().startsWith(STARTING) && calledByStop()) {
            onStop.run();
        }
    }

    /** Returns the configuration that would hold if ours were not there. */
    private LoggerConfig next() {
        if (users != null) {
            return users;
        }
        return ours.getParent() == null ? logging.getConfiguration().getRootLogger() : ours.getParent();
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
