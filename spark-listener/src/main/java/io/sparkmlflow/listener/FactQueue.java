package io.sparkmlflow.listener;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bounded queue that never makes the one who adds wait.
 *
 * <p>When it is full, the oldest droppable fact goes; facts that may not be dropped are few (a handful for each fit) and are
 * kept even beyond the bound.
 */
final class FactQueue {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Fact> facts = new ArrayDeque<>();
    private final int capacity;
    private long dropped;
    private boolean closed;

    FactQueue(int capacity) {
        this.capacity = capacity;
    }

    /** Adds a fact, or counts it as dropped. */
    void add(Fact fact) {
        if (!addUnlessClosed(fact)) {
            fact.discard();
        }
    }

    private boolean addUnlessClosed(Fact fact) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            if (facts.size() >= capacity && !makeRoom() && fact.isDroppable()) {
                dropped++;
                return true;
            }
            facts.addLast(fact);
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes the oldest fact, waiting for one if need be; {@code null} if none will come. */
    Fact take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (facts.isEmpty() && !closed) {
                changed.await();
            }
            return facts.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    /** Takes the oldest fact, waiting a while for one if need be; {@code null} if none has come. */
    Fact poll(Duration wait) throws InterruptedException {
        long nanos = wait.toNanos();
        lock.lockInterruptibly();
        try {
            while (facts.isEmpty() && !closed && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            return facts.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives up on everything that waits and on everything that still comes: nobody takes it any more, and facts hold models and
     * plans.
     */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            facts.forEach(Fact::discard);
            facts.clear();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether more than half of the room is taken. */
    boolean isCrowded() {
        return size() > capacity / 2;
    }

    int size() {
        lock.lock();
        try {
            return facts.size();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many facts were dropped for want of room. */
    long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    private boolean makeRoom() {
        for (Iterator<Fact> oldestFirst = facts.iterator(); oldestFirst.hasNext(); ) {
            if (oldestFirst.next().isDroppable()) {
                oldestFirst.remove();
                dropped++;
                return true;
            }
        }
        return false;
    }
}
