package io.sparkmlflow.store.rest;

import io.sparkmlflow.store.StoreUnavailableException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Remembers the calls that make something and got no answer, so that the same call, when its sender repeats it, first looks
 * whether the thing is there.
 *
 * <p>Such a call is not repeated by the client itself: it could make two things. Its sender, who is told that the server did not
 * answer, will repeat it, and knows no more. Requests are compared by their content.
 */
final class Unanswered<R> {
    private final Set<R> requests = ConcurrentHashMap.newKeySet();

    /**
     * Makes something, unless an earlier call with an equal request has made it.
     *
     * @param find looks for what an earlier call may have made
     * @throws StoreUnavailableException if the server does not answer
     */
    <T> T make(R request, Supplier<Optional<T>> find, Supplier<T> make) {
        if (requests.contains(request)) {
            Optional<T> made = find.get();
            if (made.isPresent()) {
                requests.remove(request);
                return made.get();
            }
        }
        try {
            T result = make.get();
            requests.remove(request);
            return result;
        } catch (StoreUnavailableException e) {
            requests.add(request);
            throw e;
        }
    }
}
