package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StopLogAppenderTest {
    private final LoggerContext logging =
            (LoggerContext) LogManager.getContext(SparkContext.class.getClassLoader(), false);
    private final Logger logger = logging.getLogger(SparkContext.class.getName());
    private final LoggerConfig root = logging.getConfiguration().getRootLogger();
    private final Level before = root.getLevel();
    private final List<String> printed = new ArrayList<>();
    private final AbstractAppender users = new AbstractAppender("users", null, null, true, Property.EMPTY_ARRAY) {
        @Override
        public void append(LogEvent event) {
            printed.add(event.getMessage().getFormattedMessage());
        }
    };
    private final Configuration configuration = logging.getConfiguration();
    private int stops;
    private StopLogAppender appender;

    @BeforeEach
    void install() {
        users.start();
        root.addAppender(users, null, null);
        appender = StopLogAppender.install(() -> stops++);
    }

    @AfterEach
    void putBack() {
        appender.uninstall();
        configuration.removeLogger(SparkContext.class.getName());
        root.removeAppender("users");
        root.setLevel(before);
        logging.updateLoggers();
    }

    @Test
    void printsWhatTheUsersConfigurationPrints() {
        root.setLevel(Level.INFO);
        logger.info("shown");
        root.setLevel(Level.WARN);
        logger.info("hidden");
        logger.warn("shown too");

        assertThat(printed).containsExactly("shown", "shown too");
    }

    @Test
    void callsBackOnlyFromStop() {
        logger.info("SparkContext is stopping, says somebody else");

        assertThat(stops).isZero();
    }

    @Test
    void leavesNoTrace() {
        appender.uninstall();

        assertThat(configuration.getLoggers()).doesNotContainKey(SparkContext.class.getName());
    }

    @Test
    void aConfigurationOfThatVeryLoggerPrintsAsBefore() {
        LoggerConfig configured = configureTheLogger(Level.ERROR);

        logger.warn("hidden");
        logger.error("shown");

        assertThat(printed).containsExactly("shown");
        appender.uninstall();
        assertThat(configuration.getLoggers()).containsEntry(SparkContext.class.getName(), configured);
        logger.warn("hidden");
        logger.error("shown again");
        assertThat(printed).containsExactly("shown", "shown again");
    }

    @Test
    void letsThroughWhatTheUserWantsToSeeBelowInfo() {
        configureTheLogger(Level.DEBUG);

        logger.debug("shown");
        logger.trace("hidden");

        assertThat(printed).containsExactly("shown");
    }

    private LoggerConfig configureTheLogger(Level level) {
        appender.uninstall();
        LoggerConfig configured = new LoggerConfig(SparkContext.class.getName(), level, true);
        configuration.addLogger(SparkContext.class.getName(), configured);
        logging.updateLoggers();
        appender = StopLogAppender.install(() -> stops++);
        return configured;
    }
}
