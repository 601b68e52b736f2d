package io.sparkmlflow.listener;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which version of a Delta table a command wrote. Delta does not say it to anybody, but the driver's copy of the table's log
 * knows the newest version: it is the command's, unless that one was committed after the command ended.
 *
 * <p>Only what the driver has in memory is looked at. Delta is asked for nothing that it would have to find out: that may read the
 * log, and run Spark jobs for it.
 */
final class DeltaVersions {
    private static final Logger LOG = LoggerFactory.getLogger(DeltaVersions.class);

    private DeltaVersions() {}

    /** Returns the newest version of a log, or {@code null} if it was committed after a command ended or is not known. */
    static Long current(Object deltaLog, long endTime) {
        Object snapshot = Members.of(deltaLog, "unsafeVolatileSnapshot");
        Long committed = Members.of(Long.class, snapshot, "logSegment", "lastCommitFileModificationTimestamp");
        if (committed == null || committed > endTime) {
            return null;
        }
        return Members.of(Long.class, snapshot, "version");
    }

    /**
     * Returns the table at a path with the version that was written, by the log that Delta keeps in memory since then; the same
     * table without a version if it keeps none, or several that may be meant.
     *
     * @param provider Delta's data source: by its class loader its logs are found
     */
    static DataSource writtenTo(DataSource source, Object provider, long endTime) {
        Path asked = new Path(source.paths().get(0));
        List<?> logs = logs(provider).stream()
                .filter(log -> isAt(asked, dataPath(log)))
                .toList();
        List<Path> tables =
                logs.stream().map(DeltaVersions::dataPath).distinct().toList();
        if (tables.size() != 1) {
            return source;
        }
        // The same table opened with other options has a log of its own, which may lag behind.
        Long version = logs.stream()
                .map(log -> current(log, endTime))
                .filter(Objects::nonNull)
                .max(Long::compare)
                .orElse(null);
        return new DataSource(null, List.of(tables.get(0).toString()), source.format(), source.schema(), version);
    }

    /** Returns whether a table lies where a user said, who may have left out the scheme or the working directory. */
    private static boolean isAt(Path asked, Path table) {
        if (table == null) {
            return false;
        }
        if (asked.toUri().getScheme() != null) {
            return asked.equals(table);
        }
        String path = table.toUri().getPath();
        return asked.isAbsolute()
                ? path.equals(asked.toUri().getPath())
                : path.endsWith("/" + asked.toUri().getPath());
    }

    private static Path dataPath(Object log) {
        return Members.of(Path.class, log, "dataPath");
    }

    /** Returns the logs that Delta has in memory. */
    private static List<?> logs(Object provider) {
        try {
            Class<?> companion = Class.forName(
                    "org.apache.spark.sql.delta.DeltaLog$",
                    false,
                    provider.getClass().getClassLoader());
            Object cache = Members.field(companion.getField("MODULE$").get(null), "deltaLogCache");
            return Members.of(cache, "asMap") instanceof Map<?, ?> byKey ? List.copyOf(byKey.values()) : List.of();
        } catch (ReflectiveOperationException e) {
            LOG.debug("This Delta does not show the logs that it has in memory", e);
            return List.of();
        }
    }
}
