package io.sparkmlflow.listener;

import java.lang.reflect.Method;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which version of a Delta table a command wrote. Delta does not say it to anybody, but the driver's copy of the table's log
 * knows the newest version: it is the command's, unless that one was committed after the command ended.
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

    /** Returns the table at a path with the version that was written, by the log that Delta keeps in memory since then. */
    static DataSource writtenTo(DataSource source, Object provider, SparkSession session, long endTime) {
        try {
            Class<?> log = Class.forName(
                    "org.apache.spark.sql.delta.DeltaLog",
                    false,
                    provider.getClass().getClassLoader());
            for (Method method : log.getMethods()) {
                Class<?>[] parameters = method.getParameterTypes();
                if (method.getName().equals("forTable")
                        && parameters.length == 2
                        && parameters[0].isInstance(session)
                        && parameters[1] == String.class) {
                    Object deltaLog =
                            method.invoke(null, session, source.paths().get(0));
                    Object path = Members.of(deltaLog, "dataPath");
                    return new DataSource(
                            null,
                            path == null ? source.paths() : List.of(path.toString()),
                            source.format(),
                            source.schema(),
                            current(deltaLog, endTime));
                }
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("This Delta does not say the version of {}", source.paths(), e);
        }
        return source;
    }
}
