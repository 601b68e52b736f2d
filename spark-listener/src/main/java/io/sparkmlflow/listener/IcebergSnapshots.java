package io.sparkmlflow.listener;

import java.util.List;

/** Which snapshot of an Iceberg table a query read or wrote: the one that was current when it began or ended. */
final class IcebergSnapshots {
    private IcebergSnapshots() {}

    /**
     * Returns the snapshot that was current at a time, or {@code null} if there was none or it is not known.
     *
     * @param table may be {@code null}
     * @param time milliseconds since the epoch
     */
    static Long asOf(Object table, long time) {
        Long current = null;
        if (Members.of(table, "history") instanceof List<?> history) {
            for (Object entry : history) {
                Long made = Members.of(Long.class, entry, "timestampMillis");
                if (made != null && made <= time) {
                    current = Members.of(Long.class, entry, "snapshotId");
                }
            }
        }
        return current;
    }
}
