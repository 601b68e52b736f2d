package io.sparkmlflow.listener.weave;

/** Spark's classes could not be woven. The message says why. */
public final class NotWovenException extends Exception {
    private static final long serialVersionUID = 1L;

    NotWovenException(String message, Throwable cause) {
        super(message, cause);
    }
}
