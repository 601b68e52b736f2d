package io.sparkmlflow;

/** A call to MLflow failed; {@link #errorCode()} says in which way, in MLflow's own words. */
public class MlflowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode errorCode;

    public MlflowException(ErrorCode errorCode, String message) {
        super(message);
        this.errorCode = errorCode;
    }

    public MlflowException(ErrorCode errorCode, String message, Throwable cause) {
        super(message, cause);
        this.errorCode = errorCode;
    }

    /** Returns MLflow's code for the failure. */
    public final ErrorCode errorCode() {
        return errorCode;
    }

    /** Makes the exception for a value that the caller must change. */
    public static MlflowException invalidParameter(String message) {
        return new MlflowException(ErrorCode.INVALID_PARAMETER_VALUE, message);
    }

    /** Makes the exception for a run, model or file that is not there. */
    public static MlflowException notFound(String message) {
        return new MlflowException(ErrorCode.RESOURCE_DOES_NOT_EXIST, message);
    }
}
