package io.sparkmlflow.store.rest;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.time.Duration;
import java.util.Optional;

/**
 * How often and how fast a call is repeated.
 *
 * @param maxRetries repetitions after the first attempt
 * @param backoff the wait before the first repetition; doubles with each one
 * @param maxBackoff the longest wait that the doubling leads to
 * @param jitter the most that is added to a wait at random, so that clients do not come back together
 * @param respectsRetryAfter whether the server may say how long to wait
 * @param deadline no wait may end later than this after the first attempt began
 */
record RetryPolicy(
        int maxRetries,
        Duration backoff,
        Duration maxBackoff,
        Duration jitter,
        boolean respectsRetryAfter,
        Duration deadline) {
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(120);

    /** The deadline in request timeouts: three attempts that hang, or all of MLflow's default backoff of 254 s. */
    private static final int DEADLINE_IN_TIMEOUTS = 3;

    static RetryPolicy from(MlflowConfig config) {
        return new RetryPolicy(
                config.count(Setting.HTTP_MAX_RETRIES),
                config.seconds(Setting.HTTP_BACKOFF_FACTOR),
                MAX_BACKOFF,
                config.fractionalSeconds(Setting.HTTP_BACKOFF_JITTER),
                config.isOn(Setting.HTTP_RESPECT_RETRY_AFTER),
                config.seconds(Setting.HTTP_TIMEOUT_SECONDS).multipliedBy(DEADLINE_IN_TIMEOUTS));
    }

    /**
     * Returns how long to wait before the next attempt; empty if there is to be none.
     *
     * @param failures attempts that have failed, at least 1
     * @param elapsed since the first attempt began
     * @param retryAfter what the server asked for, or {@code null}; it replaces the backoff if it is respected
     * @param random from 0 to 1
     */
    Optional<Duration> pause(int failures, Duration elapsed, Duration retryAfter, double random) {
        if (failures > maxRetries) {
            return Optional.empty();
        }
        Duration wait = retryAfter != null && respectsRetryAfter ? retryAfter : backoffAfter(failures, random);
        return elapsed.plus(wait).compareTo(deadline) < 0 ? Optional.of(wait) : Optional.empty();
    }

    private Duration backoffAfter(int failures, double random) {
        double seconds = toSeconds(backoff) * Math.pow(2, failures - 1);
        double capped = Math.min(seconds + toSeconds(jitter) * random, toSeconds(maxBackoff));
        return Duration.ofNanos((long) (capped * 1e9));
    }

    private static double toSeconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
