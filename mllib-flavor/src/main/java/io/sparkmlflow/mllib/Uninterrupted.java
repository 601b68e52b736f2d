package io.sparkmlflow.mllib;

/** Runs what has to be put in order even if the thread was interrupted, which would make requests to a server fail. */
final class Uninterrupted {
    private Uninterrupted() {}

    static void run(Runnable step) {
        boolean interrupted = Thread.interrupted();
        try {
            step.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Runs a step after a failure that the caller shall see; a failure of the step is noted on it. */
    static void runAfter(Throwable failure, Runnable step) {
        try {
            run(step);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }
}
