package io.sparkmlflow.mllib;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/** What Spark and this module log at level ERROR while it is open. */
final class ErrorLog extends AbstractAppender implements AutoCloseable {
    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final Logger root = (Logger) LogManager.getRootLogger();

    private ErrorLog() {
        super("error-log", null, null, true, Property.EMPTY_ARRAY);
    }

    static ErrorLog capture() {
        ErrorLog log = new ErrorLog();
        log.start();
        log.root.addAppender(log);
        return log;
    }

    @Override
    public void append(LogEvent event) {
        if (event.getLevel().isMoreSpecificThan(Level.ERROR)) {
            messages.add(event.getMessage().getFormattedMessage());
        }
    }

    List<String> messages() {
        return messages;
    }

    @Override
    public void close() {
        root.removeAppender(this);
        stop();
    }
}
