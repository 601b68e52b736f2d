package io.sparkmlflow.listener;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;

/**
 * One warning for each application, however much goes wrong: the log is the user's.
 *
 * <p>Whoever works for an application takes its warnings when it is made: a thread that says something late, when the next
 * application in this JVM has begun, does not use up that one's.
 */
final class Warnings {
    private static volatile Warnings latest = new Warnings();

    private final AtomicBoolean said = new AtomicBoolean();

    private Warnings() {}

    /** Returns those of the application that started last in this JVM. */
    static Warnings ofThisApplication() {
        return latest;
    }

    /** Begins anew, for the next application in this JVM. */
    static void startApplication() {
        latest = new Warnings();
    }

    /** Warns the first time and notes at debug level after that. */
    void once(Logger log, String message) {
        if (said.compareAndSet(false, true)) {
            log.warn(message);
        } else {
            log.debug(message);
        }
    }
}
