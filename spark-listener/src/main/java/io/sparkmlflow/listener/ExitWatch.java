package io.sparkmlflow.listener;

import io.sparkmlflow.entities.RunStatus;
import java.util.Map;

/**
 * Learns how an application ends: Spark's own end event does not say.
 *
 * <p>An exception that ends the main thread is seen by a default handler that passes it on unchanged; a SIGTERM is seen in the
 * stack of the JVM's thread that handles it.
 */
final class ExitWatch implements Thread.UncaughtExceptionHandler {
    private final Thread.UncaughtExceptionHandler next;
    private volatile boolean failed;

    private ExitWatch(Thread.UncaughtExceptionHandler next) {
        this.next = next;
    }

    static ExitWatch install() {
        ExitWatch watch = new ExitWatch(Thread.getDefaultUncaughtExceptionHandler());
        Thread.setDefaultUncaughtExceptionHandler(watch);
        return watch;
    }

    /** Puts back the handler that was there, unless somebody has put another in place since. */
    void uninstall() {
        if (Thread.getDefaultUncaughtExceptionHandler() == this) {
            Thread.setDefaultUncaughtExceptionHandler(next);
        }
    }

    @Override
    public void uncaughtException(Thread thread, Throwable error) {
        if ("main".equals(thread.getName())) {
            failed = true;
        }
        if (next != null) {
            next.uncaughtException(thread, error);
        } else {
            // What the JVM prints when there is no handler.
            System.err.print("Exception in thread \"" + thread.getName() + "\" ");
            error.printStackTrace(System.err);
        }
    }

    RunStatus status() {
        if (failed) {
            return RunStatus.FAILED;
        }
        for (Map.Entry<Thread, StackTraceElement[]> thread :
                Thread.getAllStackTraces().entrySet()) {
            if (thread.getKey().getName().startsWith("SIGTERM")) {
                return RunStatus.KILLED;
            }
        }
        return RunStatus.FINISHED;
    }
}
