package io.sparkmlflow.entities;

/** The state of a logged model. The number is the one that MLflow's SQL schema stores. */
public enum LoggedModelStatus {
    PENDING(1),
    READY(2),
    UPLOAD_FAILED(3);

    private final int code;

    LoggedModelStatus(int code) {
        this.code = code;
    }

    /** Returns the number in column {@code logged_models.status}. */
    public int code() {
        return code;
    }

    /** Returns the name on the wire, such as {@code LOGGED_MODEL_READY}. */
    public String wireName() {
        return "LOGGED_MODEL_" + name();
    }
}
