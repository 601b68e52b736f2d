package io.sparkmlflow.store.rest;

import java.io.IOException;

/** An answer that does not fit into the memory that is set apart for one. Asked again, it would be as long. */
final class AnswerTooLongException extends IOException {
    private static final long serialVersionUID = 1L;

    AnswerTooLongException(int limit) {
        super("the answer has more than " + limit + " bytes");
    }
}
