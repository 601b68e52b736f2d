package io.sparkmlflow.listener;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When what lies in the spool is to be sent: soon after each other while the store takes it, so that the runs of a long application
 * can be looked at, and ever more rarely while the store does not answer. Used by one thread.
 */
final class ResendSchedule {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(30);
    private static final Duration LAST_RETRY = Duration.ofMinutes(5);

    private final LongSupplier nanoClock;
    private final Duration soon;
    private final Duration firstRetry;
    private final Duration lastRetry;
    private Duration wait;
    private long waitsSince;

    ResendSchedule() {
        this(System::nanoTime, SOON, FIRST_RETRY, LAST_RETRY);
    }

    /**
     * @param nanoClock nanoseconds since any moment
     * @param soon the time between two attempts while they succeed
     * @param firstRetry the time before the first attempt after one that failed; it doubles up to {@code lastRetry}
     */
    ResendSchedule(LongSupplier nanoClock, Duration soon, Duration firstRetry, Duration lastRetry) {
        this.nanoClock = nanoClock;
        this.soon = soon;
        this.firstRetry = firstRetry;
        this.lastRetry = lastRetry;
    }

    /** Returns how long to wait before the next attempt, 0 if it is due. The first call starts the clock. */
    Duration untilNext() {
        if (wait == null) {
            startWaiting(firstRetry);
        }
        Duration left = wait.minusNanos(nanoClock.getAsLong() - waitsSince);
        return left.isNegative() ? Duration.ZERO : left;
    }

    void succeeded() {
        startWaiting(soon);
    }

    void failed() {
        boolean failedBefore = wait != null && wait.compareTo(firstRetry) >= 0;
        Duration doubled = failedBefore ? wait.multipliedBy(2) : firstRetry;
        startWaiting(doubled.compareTo(lastRetry) < 0 ? doubled : lastRetry);
    }

    private void startWaiting(Duration next) {
        wait = next;
        waitsSince = nanoClock.getAsLong();
    }
}
