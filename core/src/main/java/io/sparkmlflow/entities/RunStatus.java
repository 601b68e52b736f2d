package io.sparkmlflow.entities;

/** The state of a run, by the names that MLflow stores and sends. */
public enum RunStatus {
    RUNNING,
    SCHEDULED,
    FINISHED,
    FAILED,
    KILLED;

    /** Returns whether a run in this state has ended. */
    public boolean isTerminal() {
        return this == FINISHED || this == FAILED || this == KILLED;
    }
}
