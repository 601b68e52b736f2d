package io.sparkmlflow.store.rest;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.store.StoreUnavailableException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * Carries out one call in as many attempts as its {@link Repeat} and the {@link RetryPolicy} allow.
 *
 * <p>Never repeated: a host name that cannot be resolved, a failure of TLS, and every status that is not named
 * in {@link Repeat}.
 */
final class Exchanges {
    private static final int MAX_RETRIES_OF_INTERNAL_ERROR = 2;

    private final RetryPolicy policy;

    Exchanges(RetryPolicy policy) {
        this.policy = policy;
    }

    /** One attempt: sends the request and reads the whole answer. */
    interface Attempt {
        /** Sends once. The answer must be complete before {@code limit} is over, else this throws. */
        Answer send(Duration limit) throws IOException, InterruptedException;
    }

    /**
     * The last answer of a call.
     *
     * @param mayHaveRunBefore whether an attempt before the last one may have been carried out
     */
    record Outcome(Answer answer, boolean mayHaveRunBefore) {}

    /**
     * Sends until there is an answer that is not to be repeated, or the policy ends it.
     *
     * @param call the method and URL, without credentials, for messages
     * @throws StoreUnavailableException if no attempt brought an answer
     */
    Outcome execute(Attempt attempt, Repeat repeat, String call) {
        long started = System.nanoTime();
        boolean mayHaveRun = false;
        for (int failures = 1; ; failures++) {
            Answer answer = null;
            IOException failure = null;
            try {
                answer = attempt.send(policy.deadline().minus(since(started)));
            } catch (AnswerTooLongException e) {
                throw new MlflowException(
                        ErrorCode.INTERNAL_ERROR,
                        "Cannot take the answer to " + call + ": " + e.getMessage()
                                + ". Ask for less at once, with a smaller maxResults.",
                        e);
            } catch (IOException e) {
                failure = e;
            } catch (InterruptedException e) {
                throw interrupted(call, e);
            }
            boolean again = answer == null ? isRepeated(failure, repeat) : isRepeated(answer, repeat, failures);
            Duration retryAfter = answer == null ? null : answer.retryAfter(Instant.now());
            Optional<Duration> pause = again
                    ? policy.pause(
                            failures,
                            since(started),
                            retryAfter,
                            ThreadLocalRandom.current().nextDouble())
                    : Optional.empty();
            if (pause.isEmpty()) {
                if (answer == null) {
                    throw unavailable(call, failures, since(started), failure);
                }
                return new Outcome(answer, mayHaveRun);
            }
            mayHaveRun |= answer == null ? !wasNeverSent(failure) : !wasRefused(answer);
            sleep(pause.get(), call);
        }
    }

    private static boolean isRepeated(Answer answer, Repeat repeat, int failures) {
        if (wasRefused(answer)) {
            return true;
        }
        return switch (answer.status()) {
            case 408, 502, 503, 504 -> repeat != Repeat.ONLY_IF_NOT_EXECUTED;
            case 500 -> repeat != Repeat.ONLY_IF_NOT_EXECUTED && mayPass(answer, failures);
            default -> false;
        };
    }

    /**
     * Returns whether a 500 may be another answer the next time. MLflow sends it with {@code INVALID_STATE} and others for
     * plain mistakes of the caller; an {@code INTERNAL_ERROR} in its words may be a mistake too, or a database that is busy.
     */
    private static boolean mayPass(Answer answer, int failures) {
        return switch (ErrorAnswers.codeIn(answer)) {
            case "", "TEMPORARILY_UNAVAILABLE" -> true;
            case "INTERNAL_ERROR" -> failures <= MAX_RETRIES_OF_INTERNAL_ERROR;
            default -> false;
        };
    }

    private static boolean isRepeated(IOException failure, Repeat repeat) {
        if (failure instanceof SSLException || hasUnknownHost(failure)) {
            return false;
        }
        return repeat != Repeat.ONLY_IF_NOT_EXECUTED || wasNeverSent(failure);
    }

    /** Returns whether the server says that it did not even try. */
    private static boolean wasRefused(Answer answer) {
        return answer.status() == 429
                || (answer.status() == 503
                        && answer.headers().firstValue("Retry-After").isPresent());
    }

    private static boolean wasNeverSent(IOException failure) {
        return failure instanceof ConnectException
                || failure instanceof HttpConnectTimeoutException
                || failure instanceof NotSentException;
    }

    private static boolean hasUnknownHost(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return true;
            }
        }
        return false;
    }

    private static StoreUnavailableException unavailable(
            String call, int attempts, Duration elapsed, IOException failure) {
        String reason;
        if (hasUnknownHost(failure)) {
            reason = "there is no host of that name";
        } else if (failure instanceof ConnectException) {
            reason = "the connection was refused";
        } else if (failure.getMessage() == null) {
            reason = failure.getClass().getSimpleName();
        } else {
            reason = failure.getMessage();
        }
        String tries = attempts == 1 ? "one attempt" : attempts + " attempts in " + elapsed.toMillis() + " ms";
        return new StoreUnavailableException(
                "No answer to " + call + " after " + tries + ": " + reason
                        + ". Check that the MLflow server runs there and can be reached.",
                failure);
    }

    static StoreUnavailableException interrupted(String call, InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new StoreUnavailableException("Interrupted while waiting for the answer to " + call + ".", cause);
    }

    private static void sleep(Duration pause, String call) {
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        } catch (InterruptedException e) {
            throw interrupted(call, e);
        }
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }
}
