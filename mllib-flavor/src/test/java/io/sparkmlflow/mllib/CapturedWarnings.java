package io.sparkmlflow.mllib;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.spark.SparkContext;

/** What is logged at WARN and above while it is open. */
final class CapturedWarnings extends AbstractAppender implements AutoCloseable {
    private final LoggerContext logging =
            (LoggerContext) LogManager.getContext(SparkContext.class.getClassLoader(), false);
    private final List<String> messages = Collections.synchronizedList(new ArrayList<>());

    private CapturedWarnings() {
        super("captured warnings", null, null, true, Property.EMPTY_ARRAY);
    }

    static CapturedWarnings open() {
        TestSpark.session(); // sets the logging up
        CapturedWarnings captured = new CapturedWarnings();
        captured.start();
        captured.logging.getConfiguration().getRootLogger().addAppender(captured, Level.WARN, null);
        return captured;
    }

    List<String> messages() {
        return List.copyOf(messages);
    }

    @Override
    public void append(LogEvent event) {
        if (event.getLoggerName().startsWith("io.sparkmlflow.")) {
            messages.add(event.getMessage().getFormattedMessage());
        }
    }

    @Override
    public void close() {
        logging.getConfiguration().getRootLogger().removeAppender(getName());
        stop();
    }
}
