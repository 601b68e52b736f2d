package io.sparkmlflow.listener;

import java.util.Map;

/**
 * Chooses the micro-batches whose fits are logged: a query that fits a model each second would make a run and a model each
 * second. The first ones of a query are, and then one in a while, so that whoever fits each hour misses nothing.
 */
final class LoggedBatches {
    /** The micro-batches of a query whose fits are logged in any case. */
    static final int FIRST = 20;
    /** The time between two of the others, in milliseconds. */
    static final long DISTANCE_MILLIS = 600_000;

    private static final int MAX_QUERIES = 1000;

    private final Map<String, Choice> byQuery = new Recent<>(MAX_QUERIES);

    /** What was chosen for a query last. */
    private static final class Choice {
        private long batch = Long.MIN_VALUE;
        private boolean isLogged;
        private int logged;
        private long lastTime;
    }

    /**
     * Returns whether the fits in a micro-batch are logged: for all of them the same.
     *
     * @param time now, in milliseconds since the epoch
     */
    synchronized boolean contains(MicroBatch batch, long time) {
        Choice choice = byQuery.computeIfAbsent(batch.queryId(), id -> new Choice());
        if (choice.batch != batch.id()) {
            choice.batch = batch.id();
            choice.isLogged = choice.logged < FIRST || time - choice.lastTime >= DISTANCE_MILLIS;
            if (choice.isLogged) {
                choice.logged++;
                choice.lastTime = time;
            }
        }
        return choice.isLogged;
    }
}
