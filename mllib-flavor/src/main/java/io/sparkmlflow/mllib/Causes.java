package io.sparkmlflow.mllib;

import java.nio.channels.ClosedByInterruptException;
import org.apache.hadoop.ipc.RemoteException;

/** What lies behind an exception of Spark's. */
final class Causes {
    private Causes() {}

    /** Returns class and first line of the innermost cause: Spark's own exceptions say little. */
    static String innermost(Throwable cause) {
        Throwable innermost = cause;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        String message = innermost.getMessage() == null ? "" : ": " + firstLine(innermost.getMessage());
        return name(innermost) + message;
    }

    /** Returns whether a thread was interrupted; whoever threw that has cleared the thread's mark. */
    static boolean isInterruption(Throwable cause) {
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (each instanceof InterruptedException || each instanceof ClosedByInterruptException) {
                return true;
            }
        }
        return false;
    }

    private static String name(Throwable cause) {
        if (cause instanceof RemoteException remote && remote.getClassName() != null) {
            return remote.getClassName().substring(remote.getClassName().lastIndexOf('.') + 1);
        }
        return cause.getClass().getSimpleName();
    }

    private static String firstLine(String text) {
        return text.strip().lines().findFirst().orElse("");
    }
}
