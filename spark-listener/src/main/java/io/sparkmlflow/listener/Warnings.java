package io.sparkmlflow.listener;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;

/** One warning for each application, however much goes wrong: the log is the user's. */
final class Warnings {
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private Warnings() {}

    /** Warns the first time and notes at debug level after that. */
    static void once(Logger log, String message) {
        if (SAID.compareAndSet(false, true)) {
            log.warn(message);
        } else {
            log.debug(message);
        }
    }

    /** Lets the next application in this JVM have its warning. */
    static void reset() {
        SAID.set(false);
    }
}
