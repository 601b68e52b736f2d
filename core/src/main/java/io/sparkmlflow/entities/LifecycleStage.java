package io.sparkmlflow.entities;

/** Whether an experiment or run is in use or has been deleted (and may be restored). */
public enum LifecycleStage {
    ACTIVE("active"),
    DELETED("deleted");

    private final String wireName;

    LifecycleStage(String wireName) {
        this.wireName = wireName;
    }

    /** Returns the lower-case word that MLflow stores and sends, {@code active} or {@code deleted}. */
    public String wireName() {
        return wireName;
    }

    /**
     * Reads MLflow's word for a stage.
     *
     * @throws IllegalArgumentException if it is neither {@code active} nor {@code deleted}
     */
    public static LifecycleStage fromWireName(String wireName) {
        for (LifecycleStage stage : values()) {
            if (stage.wireName.equals(wireName)) {
                return stage;
            }
        }
        throw new IllegalArgumentException(
                "Unknown lifecycle stage '" + wireName + "': expected 'active' or 'deleted'");
    }
}
