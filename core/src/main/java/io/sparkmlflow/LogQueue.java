package io.sparkmlflow;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.StoreUnavailableException;
import io.sparkmlflow.store.TrackingStore;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends behind the callers' backs what they log, in the order of each run.
 *
 * <p>There is no waiting for more: as soon as the one worker is free, it sends what is there, as much as one request takes. So
 * one point alone goes at once, and many points share requests while the one before is on its way. A full queue makes its
 * callers wait. What the store refuses is told by the next {@link #flush}; only the refused items are lost, not those that
 * shared the request with them. While the store does not answer, everything stays queued.
 */
final class LogQueue implements AutoCloseable {
    /** Items of all runs together. */
    static final int CAPACITY = 20_000;

    private static final Logger LOG = LoggerFactory.getLogger(LogQueue.class);
    private static final long OUTAGE_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final Set<LogQueue> OPEN = ConcurrentHashMap.newKeySet();

    static {
        ExitHooks.add("mlflow-flush", () -> OPEN.forEach(LogQueue::flushAtExit));
    }

    private final TrackingStore store;
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition progress = lock.newCondition();
    // All below is guarded by the lock.
    private final Map<String, Pending> runs = new LinkedHashMap<>();
    private int queued;
    private StoreUnavailableException outage;
    private long outages;
    private long nextAttempt;
    private boolean urgent;
    private boolean closed;
    private Thread worker;
    private Throwable broken;

    LogQueue(TrackingStore store) {
        this(store, CAPACITY);
    }

    LogQueue(TrackingStore store, int capacity) {
        this.store = store;
        this.capacity = capacity;
    }

    /** Puts itself into a batch. */
    private interface Item {
        boolean addTo(LogBatch batch);
    }

    /** What waits for one run. */
    private static final class Pending {
        private final Deque<Item> items = new ArrayDeque<>();
        private long added;
        private long done;
        private MlflowException refusal;
        private int refused;

        void refuse(MlflowException cause, int count) {
            if (refusal == null) {
                refusal = cause;
            }
            refused += count;
        }
    }

    void add(String runId, Metric metric) {
        add(runId, batch -> batch.add(metric));
    }

    void add(String runId, Param param) {
        add(runId, batch -> batch.add(param));
    }

    void add(String runId, Tag tag) {
        add(runId, batch -> batch.add(tag));
    }

    private void add(String runId, Item item) {
        lock.lock();
        try {
            awaitRoom();
            if (closed) {
                throw new MlflowException(
                        ErrorCode.INVALID_STATE,
                        "The client of " + store.uri() + " was closed and takes no more calls");
            }
            Pending pending = runs.computeIfAbsent(runId, id -> new Pending());
            pending.items.add(item);
            pending.added++;
            queued++;
            startWorker();
            work.signal();
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom() {
        long seen = outages;
        while (queued >= capacity && !closed) {
            urgent = true;
            work.signal();
            waitOnce(progress::await);
            requireNoOutageSince(seen);
        }
    }

    /** Waits until nothing that was logged to a run is queued. Leaves what was refused for {@link #flush} to tell. */
    void await(String runId) {
        lock.lock();
        try {
            Pending pending = runs.get(runId);
            if (pending != null) {
                awaitDone(pending, pending.added, progress::await);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The same for all runs. */
    void await() {
        lock.lock();
        try {
            List.copyOf(runs.keySet()).forEach(this::await);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until everything that was logged to a run is stored. Throws what was refused since the last time. */
    void flush(String runId) {
        flush(runId, progress::await);
    }

    private void flush(String runId, Waiting waiting) {
        lock.lock();
        try {
            Pending pending = runs.get(runId);
            if (pending != null) {
                awaitDone(pending, pending.added, waiting);
                throwRefusal(runId, pending);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until everything that was logged is stored. Throws what was refused since the last time. */
    void flush() {
        flush(progress::await);
    }

    private void flush(Waiting waiting) {
        lock.lock();
        try {
            MlflowException failure = null;
            for (String runId : List.copyOf(runs.keySet())) {
                try {
                    flush(runId, waiting);
                } catch (StoreUnavailableException e) {
                    throw e;
                } catch (MlflowException e) {
                    failure = withSuppressed(failure, e);
                }
            }
            if (failure != null) {
                throw failure;
            }
        } finally {
            lock.unlock();
        }
    }

    private static MlflowException withSuppressed(MlflowException first, MlflowException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }

    private void awaitDone(Pending pending, long target, Waiting waiting) {
        long seen = outages;
        while (pending.done < target) {
            urgent = true;
            work.signal();
            waitOnce(waiting);
            requireNoOutageSince(seen);
        }
    }

    private void requireNoOutageSince(long seen) {
        if (broken != null) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "What was logged to " + store.uri()
                            + " is not sent any more, since the thread that sends it ended: " + broken,
                    broken);
        }
        if (outages > seen && outage != null) {
            throw new StoreUnavailableException(
                    outage.getMessage() + " What was logged waits for the next flush.", outage);
        }
    }

    private void throwRefusal(String runId, Pending pending) {
        if (pending.items.isEmpty()) {
            runs.remove(runId, pending);
        }
        MlflowException refusal = pending.refusal;
        int refused = pending.refused;
        pending.refusal = null;
        pending.refused = 0;
        if (refusal != null) {
            String what = refused == 1 ? "One value that was" : refused + " values that were";
            throw new MlflowException(
                    refusal.errorCode(),
                    what + " logged to the run " + runId + " could not be stored: " + refusal.getMessage(),
                    refusal);
        }
    }

    /** Waits for progress, once. */
    private interface Waiting {
        void once() throws InterruptedException;
    }

    private void waitOnce(Waiting waiting) {
        try {
            waiting.once();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MlflowException(
                    ErrorCode.CANCELLED,
                    "Interrupted while waiting for " + store.uri() + " to store what was logged",
                    e);
        }
    }

    /**
     * Sends what is left and takes no more. An interrupted thread waits too, as long as the store takes to answer.
     *
     * @throws MlflowException if something was refused, or the store does not answer: then what is left is lost
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                flush(progress::awaitUninterruptibly);
            }
        } catch (StoreUnavailableException e) {
            throw new StoreUnavailableException(e.getMessage() + " Values that were logged and are lost: " + queued, e);
        } finally {
            closed = true;
            work.signalAll();
            progress.signalAll();
            lock.unlock();
            OPEN.remove(this);
        }
    }

    private void flushAtExit() {
        try {
            flush();
        } catch (MlflowException e) {
            LOG.error("Not everything that was logged to {} is stored: {}", store.uri(), e.getMessage());
        }
    }

    // ---- the worker ----

    private void startWorker() {
        if (worker == null || broken != null) {
            broken = null;
            worker = new Thread(this::work, "mlflow-log-queue");
            worker.setDaemon(true);
            worker.start();
            OPEN.add(this);
        }
    }

    private void work() {
        lock.lock();
        try {
            for (String runId = next(); runId != null; runId = next()) {
                Pending pending = runs.get(runId);
                LogBatch batch = firstOf(pending);
                lock.unlock();
                Outcome outcome;
                try {
                    outcome = send(runId, batch);
                } finally {
                    lock.lock();
                }
                note(runId, pending, batch.size(), outcome);
                progress.signalAll();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            broken = e;
        } catch (Throwable e) {
            broken = e;
        } finally {
            progress.signalAll();
            lock.unlock();
        }
    }

    /** Waits for a run with something to send; null when the queue is closed. */
    private String next() throws InterruptedException {
        while (!closed) {
            String runId = firstWithItems();
            if (runId == null) {
                work.await();
            } else if (outage == null || urgent || nextAttempt - System.nanoTime() <= 0) {
                urgent = false;
                return runId;
            } else {
                long ignored = work.awaitNanos(nextAttempt - System.nanoTime());
            }
        }
        return null;
    }

    private String firstWithItems() {
        for (Map.Entry<String, Pending> run : runs.entrySet()) {
            if (!run.getValue().items.isEmpty()) {
                return run.getKey();
            }
        }
        return null;
    }

    private LogBatch firstOf(Pending pending) {
        LogBatch batch = new LogBatch(store);
        Iterator<Item> items = pending.items.iterator();
        boolean fits = true;
        while (fits && items.hasNext()) {
            fits = items.next().addTo(batch);
        }
        return batch;
    }

    private record Outcome(StoreUnavailableException outage, MlflowException refusal, int refused) {
        static final Outcome STORED = new Outcome(null, null, 0);
    }

    private void note(String runId, Pending pending, int size, Outcome outcome) {
        outage = outcome.outage();
        if (outage != null) {
            outages++;
            nextAttempt = System.nanoTime() + OUTAGE_PAUSE_NANOS;
            return;
        }
        for (int i = 0; i < size; i++) {
            pending.items.remove();
        }
        pending.done += size;
        queued -= size;
        if (outcome.refusal() != null) {
            pending.refuse(outcome.refusal(), outcome.refused());
        }
        // The next turn is another run's; one that has nothing to tell is forgotten.
        runs.remove(runId);
        if (!pending.items.isEmpty() || pending.refusal != null) {
            runs.put(runId, pending);
        }
    }

    /** Sends a batch; of one that is refused, everything but what is the reason. */
    private Outcome send(String runId, LogBatch batch) {
        try {
            batch.sendTo(store, runId);
            return Outcome.STORED;
        } catch (StoreUnavailableException e) {
            return new Outcome(e, null, 0);
        } catch (MlflowException e) {
            return sendWithoutRefused(runId, batch, e);
        } catch (RuntimeException | Error e) {
            // The worker must outlive any mistake, and a class that is missing: callers wait for it.
            return new Outcome(
                    null,
                    new MlflowException(ErrorCode.INTERNAL_ERROR, "Cannot send to " + store.uri() + ": " + e, e),
                    batch.size());
        }
    }

    private Outcome sendWithoutRefused(String runId, LogBatch batch, MlflowException refusal) {
        if (batch.size() == 1) {
            return new Outcome(null, refusal, 1);
        }
        // An empty batch tells whether the run itself takes nothing.
        Outcome probe = probe(runId);
        if (probe.outage() != null || probe.refusal() != null) {
            return new Outcome(probe.outage(), refusal, batch.size());
        }
        return sendHalves(runId, batch);
    }

    private Outcome probe(String runId) {
        try {
            new LogBatch().sendTo(store, runId);
            return Outcome.STORED;
        } catch (StoreUnavailableException e) {
            return new Outcome(e, null, 0);
        } catch (MlflowException e) {
            return new Outcome(null, e, 0);
        }
    }

    private Outcome sendHalves(String runId, LogBatch batch) {
        MlflowException refusal = null;
        int refused = 0;
        for (LogBatch half : batch.halves()) {
            Outcome outcome = sendHalf(runId, half);
            if (outcome.outage() != null) {
                return outcome;
            }
            refusal = refusal == null ? outcome.refusal() : refusal;
            refused += outcome.refused();
        }
        return new Outcome(null, refusal, refused);
    }

    private Outcome sendHalf(String runId, LogBatch half) {
        try {
            half.sendTo(store, runId);
            return Outcome.STORED;
        } catch (StoreUnavailableException e) {
            return new Outcome(e, null, 0);
        } catch (MlflowException e) {
            return half.size() == 1 ? new Outcome(null, e, 1) : sendHalves(runId, half);
        }
    }
}
