package io.sparkmlflow.store;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;

/**
 * The store could not be reached, or did not answer in time: the same call may succeed later. Whether the call took
 * effect is unknown.
 */
public final class StoreUnavailableException extends MlflowException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(String message, Throwable cause) {
        super(ErrorCode.TEMPORARILY_UNAVAILABLE, message, cause);
    }
}
