package io.sparkmlflow.store.rest;

import java.io.IOException;

/** Something went wrong before the call itself was sent, so it surely was not carried out. */
final class NotSentException extends IOException {
    private static final long serialVersionUID = 1L;

    NotSentException(String message, Throwable cause) {
        super(message, cause);
    }
}
