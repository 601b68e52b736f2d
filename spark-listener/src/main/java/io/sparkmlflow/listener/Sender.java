package io.sparkmlflow.listener;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.listener.delivery.Delivery;
import io.sparkmlflow.store.StoreUnavailableException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that tells the store what happened, fact by fact.
 *
 * <p>While the store does not answer, it waits (1 s, 2 s, … 30 s) and tells the same fact again. When the queue gets crowded, or
 * when the application ends and the store does not answer at once or not in time, everything goes to a spool on the local disk.
 * From there it is sent now and then while the application runs, and once more when it ends.
 */
final class Sender {
    private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
    private static final long MAX_BACKOFF_SECONDS = 30;
    private static final long SPOOLING_MILLIS = 2_000;

    private final Guard guard = new Guard();
    private final Guard afterError = new Guard();
    private final Guard closing = new Guard();
    private final Guard correcting = new Guard();
    private final Warnings warnings = Warnings.ofThisApplication();
    private final FactQueue queue;
    private final RunRecorder recorder;
    private final Delivery delivery;
    private final ResendSchedule schedule;
    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "mlflow-sender");
    private volatile boolean outOfTime;
    private volatile String trouble;
    /** Used by our thread alone. */
    private Fact telling;

    Sender(FactQueue queue, RunRecorder recorder) {
        this(queue, recorder, new ResendSchedule());
    }

    Sender(FactQueue queue, RunRecorder recorder, ResendSchedule schedule) {
        this.queue = queue;
        this.recorder = recorder;
        this.delivery = recorder.delivery();
        this.schedule = schedule;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Waits until all facts up to {@link Fact.ApplicationEnded} are told, or until there is just time enough left to write the
     * rest to the local disk.
     */
    void finish(long millis) {
        ending.countDown();
        long forSpooling = Math.min(SPOOLING_MILLIS, millis / 4);
        try {
            if (!done.await(millis - forSpooling, TimeUnit.MILLISECONDS)) {
                stopTrying();
                if (!done.await(forSpooling, TimeUnit.MILLISECONDS)) {
                    sayIncomplete("no answer in time");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            sayIncomplete("interrupted");
        }
    }

    /** Gives the application's run another status after all else is told. Waits at most {@code millis}. */
    void correct(RunStatus status, long millis) {
        Thread corrector = new Thread(() -> correcting.run(() -> recorder.correct(status)), "mlflow-corrector");
        corrector.setDaemon(true);
        corrector.start();
        try {
            corrector.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void stopTrying() {
        outOfTime = true;
        thread.interrupt();
    }

    /** Takes note that time is up: the interruption has done what it was for, and must not reach what writes to the disk. */
    private synchronized boolean isOutOfTime() {
        return outOfTime && (Thread.interrupted() || outOfTime);
    }

    /** Ends the thread where the application's end cannot be told. */
    void abandon() {
        queue.close();
    }

    private void run() {
        if (!guard.run(this::tellAll)) {
            // The application goes on, and its run is not to look as if it did for ever.
            afterError.run(this::tellTheEndAlone);
        }
        closing.run(() -> {
            queue.close();
            recorder.close();
        });
        done.countDown();
    }

    /** After an error that may come again with each fact: lets all go but the application's end. */
    private void tellTheEndAlone() {
        if (!recorder.hasRun()) {
            return;
        }
        try {
            Fact fact = telling;
            while (fact != null && !(fact instanceof Fact.ApplicationEnded)) {
                fact.discard();
                fact = queue.take();
            }
            if (fact instanceof Fact.ApplicationEnded ended) {
                recorder.endAfterError(ended, guard.trouble());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tellAll() {
        Deque<Fact> early = new ArrayDeque<>();
        try {
            telling = awaitStart(early);
            if (telling == null) {
                sayIncomplete("Spark has not told of its start");
            }
            while (telling != null) {
                if (!tell(telling)) {
                    telling.discard();
                    sayIncomplete(trouble);
                    return;
                }
                if (telling instanceof Fact.ApplicationEnded) {
                    settle();
                    return;
                }
                telling = early.isEmpty() ? next() : early.removeFirst();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            early.forEach(Fact::discard);
        }
    }

    /**
     * The start comes over Spark's bus, and what the user's threads tell may overtake it: it is told first all the same. Returns
     * {@code null} if it will not come.
     */
    private Fact awaitStart(Deque<Fact> early) throws InterruptedException {
        Fact fact = next();
        while (fact != null && !(fact instanceof Fact.ApplicationStarted)) {
            early.addLast(fact);
            fact = fact instanceof Fact.ApplicationEnded ? null : next();
        }
        return fact;
    }

    private Fact next() throws InterruptedException {
        while (true) {
            try {
                if (!delivery.hasUnsent() || isEnding()) {
                    return queue.take();
                }
                Fact fact = schedule.untilNext().isZero() ? null : queue.poll(schedule.untilNext());
                if (fact != null || queue.isClosed()) {
                    return fact;
                }
                resend();
            } catch (InterruptedException e) {
                if (!isOutOfTime() || queue.size() == 0) {
                    throw e;
                }
            }
        }
    }

    private boolean isEnding() {
        return ending.getCount() == 0;
    }

    /** Tries to send what lies in the spool. What happens meanwhile waits in the queue. */
    private void resend() {
        try {
            delivery.sendSpooled();
            schedule.succeeded();
        } catch (MlflowException | UncheckedIOException e) {
            trouble = e.getMessage();
            schedule.failed();
            LOG.debug("What was spooled is not, or not fully, sent", e);
        }
    }

    /** Tells one fact. Returns false if nothing more can be told. */
    private boolean tell(Fact fact) throws InterruptedException {
        long backoffSeconds = 1;
        while (true) {
            boolean last = isEnding();
            if (isOutOfTime() && !spool()) {
                return false;
            }
            try {
                recorder.record(fact);
                return true;
            } catch (MlflowException | UncheckedIOException e) {
                trouble = e.getMessage();
                LOG.debug("{} was not told", fact.getClass().getSimpleName(), e);
                boolean mayBeToldLater = e instanceof StoreUnavailableException
                        || isOutOfTime()
                        || fact instanceof Fact.ApplicationStarted;
                if (delivery.isSpooling() || !mayBeToldLater) {
                    warnings.once(LOG, "A part of this application is not tracked in MLflow: " + trouble);
                    return !(fact instanceof Fact.ApplicationStarted);
                }
                if (last || isOutOfTime() || queue.isCrowded() || !(e instanceof StoreUnavailableException)) {
                    if (!spool()) {
                        return false;
                    }
                    continue;
                }
            }
            try {
                boolean ignored = ending.await(backoffSeconds, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                if (!isOutOfTime()) {
                    throw e;
                }
            }
            backoffSeconds = Math.min(2 * backoffSeconds, MAX_BACKOFF_SECONDS);
        }
    }

    /** Turns to the local disk. Returns false if that is not possible. */
    private boolean spool() {
        try {
            delivery.spool();
            return true;
        } catch (MlflowException e) {
            trouble = (trouble == null ? "no answer in time" : trouble) + "; " + e.getMessage();
            return false;
        }
    }

    /** What was spooled in the middle may find the store back in the end. */
    private void settle() {
        if (!delivery.isSpooling()) {
            return;
        }
        if (!isOutOfTime()) {
            try {
                delivery.sendSpooled();
            } catch (MlflowException | UncheckedIOException e) {
                trouble = e.getMessage();
                LOG.debug("What was spooled is not, or not fully, sent", e);
            }
        }
        if (delivery.spoolFolder() != null) {
            String answer = trouble == null ? "no answer in time" : trouble;
            warnings.once(
                    LOG,
                    "This application is not, or not fully, tracked in MLflow at " + recorder.trackingUri() + " ("
                            + (delivery.hasUnsent() ? answer : "see refused.txt there") + "). What is missing is in "
                            + delivery.spoolFolder()
                            + "; send it with: spark-submit --class io.sparkmlflow.Replay <this jar> "
                            + delivery.spoolFolder());
        }
    }

    private void sayIncomplete(String reason) {
        warnings.once(
                LOG,
                "This application is not, or not fully, tracked in MLflow at " + recorder.trackingUri() + ": "
                        + (trouble == null ? reason : trouble));
    }
}
