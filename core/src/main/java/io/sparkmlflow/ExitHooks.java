package io.sparkmlflow;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done when the JVM ends. */
final class ExitHooks {
    private static final Logger LOG = LoggerFactory.getLogger(ExitHooks.class);

    private ExitHooks() {}

    /** Runs {@code work}, on a thread of that name, when the JVM ends in a regular way. */
    static void add(String name, Runnable work) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(work, name));
        } catch (IllegalStateException e) {
            LOG.debug("The JVM is ending already, so {} does nothing", name, e);
        }
    }
}
