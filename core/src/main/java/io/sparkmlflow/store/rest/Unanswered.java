package io.sparkmlflow.store.rest;

import io.sparkmlflow.store.StoreUnavailableException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Remembers the calls that make something and got no answer, so that the same call, when its sender repeats it, first looks
 * whether the thing is there.
 *
 * <p>Such a call is not repeated by the client itself: it could make two things. Its sender, who is told that the server did not
 * answer, will repeat it, and knows no more. Requests are compared by their content; of those that nobody repeats, the oldest
 * are forgotten.
 */
final class Unanswered<R> {
    private static final int MAX_REQUESTS = 10_000;
    /** How far the server's clock may be behind this one. */
    private static final long CLOCKS_APART_MILLIS = Duration.ofMinutes(10).toMillis();

    // When each request was first sent. Guarded by itself.
    private final Map<R, Long> requests = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<R, Long> eldest) {
            return size() > MAX_REQUESTS;
        }
    };

    /** Makes something, unless an earlier call with an equal request has made it. */
    <T> T make(R request, Supplier<Optional<T>> find, Supplier<T> make) {
        return make(request, since -> find.get(), make);
    }

    /**
     * Makes something, unless an earlier call with an equal request has made it.
     *
     * @param find looks for what an earlier call may have made, not before a time (ms since the epoch, of the server)
     * @throws StoreUnavailableException if the server does not answer
     */
    <T> T make(R request, LongFunction<Optional<T>> find, Supplier<T> make) {
        long now = System.currentTimeMillis();
        Long first;
        synchronized (requests) {
            first = requests.get(request);
        }
        if (first != null) {
            Optional<T> made = find.apply(first - CLOCKS_APART_MILLIS);
            if (made.isPresent()) {
                forget(request);
                return made.get();
            }
        }
        try {
            T result = make.get();
            forget(request);
            return result;
        } catch (StoreUnavailableException e) {
            synchronized (requests) {
                requests.putIfAbsent(request, now);
            }
            throw e;
        }
    }

    private void forget(R request) {
        synchronized (requests) {
            requests.remove(request);
        }
    }
}
