package io.sparkmlflow.listener;

/** Which snapshot of an Iceberg table a command wrote. */
final class IcebergSnapshots {
    private IcebergSnapshots() {}

    /** Returns a table's newest snapshot, or {@code null} if it was made after a command ended or is not known. */
    static Long current(Object table, long endTime) {
        Object snapshot = Members.of(table, "currentSnapshot");
        Long made = Members.of(Long.class, snapshot, "timestampMillis");
        return made == null || made > endTime ? null : Members.of(Long.class, snapshot, "snapshotId");
    }
}
