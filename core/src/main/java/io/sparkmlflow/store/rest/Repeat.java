package io.sparkmlflow.store.rest;

/**
 * Whether a call may be sent again when it is not known if the server carried it out. Each call site decides.
 *
 * <p>Every call is repeated after a failure that shows that it was not carried out: a refused connection, a connection
 * that could not be opened in time, status 429, and 503 with a {@code Retry-After}. No call is repeated after a 500 that has
 * one of MLflow's error codes, but for {@code TEMPORARILY_UNAVAILABLE} and, twice at most, {@code INTERNAL_ERROR}.
 */
enum Repeat {
    /** Carrying it out twice is the same as once: also repeated after any I/O error, 408, 500, 502, 503 and 504. */
    ALWAYS,

    /**
     * Repeated like {@link #ALWAYS}; when a repetition is told {@code RESOURCE_DOES_NOT_EXIST} and an earlier attempt may
     * have been carried out, that attempt did the work and the call has succeeded.
     */
    UNTIL_GONE,

    /** Carrying it out twice would leave two things: repeated only if it surely was not carried out. */
    ONLY_IF_NOT_EXECUTED
}
