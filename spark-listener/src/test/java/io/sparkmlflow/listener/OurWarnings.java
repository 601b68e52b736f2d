package io.sparkmlflow.listener;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/** What our classes log at WARN or above while this is open. */
final class OurWarnings extends AbstractAppender implements AutoCloseable {
    private final LoggerContext logging =
            (LoggerContext) LogManager.getContext(SparkContext.class.getClassLoader(), false);
    private final List<String> messages = Collections.synchronizedList(new ArrayList<>());

    private OurWarnings() {
        super("our-warnings", null, null, true, Property.EMPTY_ARRAY);
    }

    static OurWarnings listen() {
        // Spark takes a logger that has an appender for one that the user has configured, and leaves it at level ERROR.
        new SparkConf(false).initializeLogIfNecessary(false);
        OurWarnings warnings = new OurWarnings();
        warnings.start();
        warnings.logging.getConfiguration().getRootLogger().addAppender(warnings, Level.WARN, null);
        warnings.logging.updateLoggers();
        return warnings;
    }

    @Override
    public void append(LogEvent event) {
        if (event.getLoggerName().startsWith("io.sparkmlflow")) {
            messages.add(event.getMessage().getFormattedMessage());
        }
    }

    List<String> messages() {
        return List.copyOf(messages);
    }

    @Override
    public void close() {
        logging.getConfiguration().getRootLogger().removeAppender(getName());
        logging.updateLoggers();
    }
}
