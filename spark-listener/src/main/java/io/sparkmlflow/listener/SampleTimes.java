package io.sparkmlflow.listener;

/**
 * Chooses the moments at which to take samples of something that goes on for an unknown time: at a distance at first, at twice
 * the distance each time as many were taken as fit. So a week has as many as {@link Thinning} keeps, however often it is asked.
 */
final class SampleTimes {
    private final int capacity;
    private long distance;
    private long last;
    private int takenAtDistance;
    private boolean any;

    /**
     * @param capacity how many are taken before the distance doubles
     * @param distance between the first samples, in milliseconds
     */
    SampleTimes(int capacity, long distance) {
        this.capacity = capacity;
        this.distance = distance;
    }

    /**
     * Returns whether a sample is to be taken now.
     *
     * @param now milliseconds since the epoch
     */
    boolean isTime(long now) {
        // A clock that was set back must not silence the series until it has caught up.
        if (any && Math.abs(now - last) < distance) {
            return false;
        }
        any = true;
        last = now;
        if (++takenAtDistance == capacity) {
            takenAtDistance = 0;
            distance *= 2;
        }
        return true;
    }
}
