package io.sparkmlflow.listener;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.StoreUnavailableException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that tells the store what happened, fact by fact.
 *
 * <p>While the store does not answer, it waits (1 s, 2 s, … 30 s) and tells the same fact again. When the application ends it
 * tries once more without waiting, then gives up.
 */
final class Sender {
    private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
    private static final long MAX_BACKOFF_SECONDS = 30;
    private static final long INTERRUPT_GRACE_MILLIS = 500;

    private final Guard guard = new Guard();
    private final FactQueue queue;
    private final RunRecorder recorder;
    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "mlflow-sender");
    private volatile String trouble;

    Sender(FactQueue queue, RunRecorder recorder) {
        this.queue = queue;
        this.recorder = recorder;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits until all facts up to {@link Fact.ApplicationEnded} are told, or the time is over; then gives up on the rest. */
    void finish(long millis) {
        ending.countDown();
        try {
            if (!done.await(millis, TimeUnit.MILLISECONDS)) {
                thread.interrupt();
                boolean ignored = done.await(INTERRUPT_GRACE_MILLIS, TimeUnit.MILLISECONDS);
                sayIncomplete("no answer in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            sayIncomplete("interrupted");
        }
    }

    /** Gives the application's run another status after all else is told. Waits at most {@code millis}. */
    void correct(RunStatus status, long millis) {
        Thread corrector = new Thread(() -> guard.run(() -> recorder.correct(status)), "mlflow-corrector");
        corrector.setDaemon(true);
        corrector.start();
        try {
            corrector.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        guard.run(this::tellAll);
        done.countDown();
    }

    private void tellAll() {
        Deque<Fact> early = new ArrayDeque<>();
        try {
            awaitStart(early);
            Fact fact;
            do {
                fact = early.isEmpty() ? queue.take() : early.removeFirst();
                if (!tell(fact)) {
                    sayIncomplete(trouble);
                    return;
                }
            } while (!(fact instanceof Fact.ApplicationEnded));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            recorder.close();
            early.forEach(Fact::discard);
            queue.discardAll();
        }
    }

    /** The start comes over Spark's bus, and what the user's threads tell may overtake it: it is told first all the same. */
    private void awaitStart(Deque<Fact> early) throws InterruptedException {
        Fact fact = queue.take();
        while (!(fact instanceof Fact.ApplicationStarted)) {
            early.addLast(fact);
            fact = queue.take();
        }
        early.addFirst(fact);
    }

    /** Tells one fact. Returns false if nothing more can be told. */
    private boolean tell(Fact fact) throws InterruptedException {
        long backoffSeconds = 1;
        while (true) {
            boolean last = ending.getCount() == 0;
            try {
                recorder.record(fact);
                return true;
            } catch (StoreUnavailableException e) {
                trouble = e.getMessage();
                LOG.debug("The tracking store does not answer", e);
                if (last || Thread.currentThread().isInterrupted()) {
                    return false;
                }
            } catch (MlflowException e) {
                trouble = e.getMessage();
                LOG.debug("The tracking store refused {}", fact.getClass().getSimpleName(), e);
                if (fact instanceof Fact.ApplicationStarted) {
                    return false;
                }
                Warnings.once(LOG, "A part of this application is not tracked in MLflow: " + trouble);
                return true;
            }
            boolean ignored = ending.await(backoffSeconds, TimeUnit.SECONDS);
            backoffSeconds = Math.min(2 * backoffSeconds, MAX_BACKOFF_SECONDS);
        }
    }

    private void sayIncomplete(String reason) {
        Warnings.once(
                LOG,
                "This application is not, or not fully, tracked in MLflow at " + recorder.trackingUri() + ": "
                        + (trouble == null ? reason : trouble));
    }
}
