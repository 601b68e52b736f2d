package io.sparkmlflow.listener;

import io.sparkmlflow.entities.RunStatus;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Learns how an application ends: Spark's own end event does not say.
 *
 * <p>An exception that ends the main thread is seen by a default handler that passes it on unchanged; a signal and the exit code
 * of a Python program are seen in the stacks of the threads that handle them. The code of a {@code System.exit} cannot be seen:
 * it counts as a failure if the application's last Spark job failed. A program that stops its context first and fails then
 * ({@code finally { spark.stop(); }}) is seen when the JVM ends.
 */
final class ExitWatch implements Thread.UncaughtExceptionHandler {
    private static final AtomicReference<ExitWatch> LAST = new AtomicReference<>();
    private static final int BEFORE_SPARK = 60;
    private static final String SUBMIT = "org.apache.spark.deploy.SparkSubmit";

    private final Guard guard = new Guard();
    private final Thread.UncaughtExceptionHandler next;
    private final Runnable exitHook = this::jvmEnds;
    private volatile boolean failed;
    private volatile boolean lastJobFailed;
    private volatile Runnable onLateFailure;

    private ExitWatch(Thread.UncaughtExceptionHandler next) {
        this.next = next;
    }

    /** Takes the place of the watch of the application before, if there was one in this JVM. */
    static ExitWatch install() {
        ExitWatch before = LAST.get();
        if (before != null) {
            before.uninstall();
        }
        ExitWatch watch = new ExitWatch(Thread.getDefaultUncaughtExceptionHandler());
        Thread.setDefaultUncaughtExceptionHandler(watch);
        LAST.set(watch);
        return watch;
    }

    /** Puts back the handler that was there, unless somebody has put another in place since. */
    void uninstall() {
        if (Thread.getDefaultUncaughtExceptionHandler() == this) {
            Thread.setDefaultUncaughtExceptionHandler(next);
        }
        onLateFailure = null;
        if (!ShutdownHookManager.get().isShutdownInProgress()) {
            ShutdownHookManager.get().removeShutdownHook(exitHook);
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

    void jobEnded(boolean succeeded) {
        lastJobFailed = !succeeded;
    }

    /** Returns what can be told at the moment when the context stops. */
    RunStatus status() {
        if (failed) {
            return RunStatus.FAILED;
        }
        boolean exits = false;
        for (Map.Entry<Thread, StackTraceElement[]> thread :
                Thread.getAllStackTraces().entrySet()) {
            if (thread.getKey().getName().matches("SIG(TERM|INT|HUP) handler")) {
                return RunStatus.KILLED;
            }
            if (isSubmitExiting(thread.getValue())) {
                return RunStatus.FAILED;
            }
            exits |= isExiting(thread.getValue());
        }
        return exits && lastJobFailed ? RunStatus.FAILED : RunStatus.FINISHED;
    }

    /** Goes on watching after a context that was stopped in good order; calls back once if the program fails after all. */
    void watchOn(long millis, Runnable action) {
        if (!ShutdownHookManager.get().isShutdownInProgress()) {
            onLateFailure = action;
            ShutdownHookManager.get().addShutdownHook(exitHook, BEFORE_SPARK, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void jvmEnds() {
        guard.run(() -> {
            Runnable action = onLateFailure;
            if (action != null
                    && (failed || Thread.getAllStackTraces().values().stream().anyMatch(ExitWatch::isSubmitExiting))) {
                action.run();
            }
        });
    }

    private static boolean isExiting(StackTraceElement[] stack) {
        return Arrays.stream(stack).anyMatch(ExitWatch::isExit);
    }

    private static boolean isExit(StackTraceElement frame) {
        return frame.getClassName().equals("java.lang.Runtime")
                && frame.getMethodName().equals("exit");
    }

    /** spark-submit itself exits when a Python program has ended with another code than 0, and only then. */
    private static boolean isSubmitExiting(StackTraceElement[] stack) {
        boolean exit = false;
        for (StackTraceElement frame : stack) {
            String name = frame.getClassName();
            if (isExit(frame)) {
                exit = true;
            } else if (exit && name.startsWith(SUBMIT) && frame.getMethodName().equals("doSubmit")) {
                return true;
            } else if (exit
                    && !name.startsWith("java.")
                    && !name.startsWith("scala.")
                    && !name.startsWith(SUBMIT)
                    && !name.startsWith("org.apache.spark.util.")) {
                return false;
            }
        }
        return false;
    }
}
