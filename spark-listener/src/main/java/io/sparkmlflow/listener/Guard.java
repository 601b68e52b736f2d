package io.sparkmlflow.listener;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The boundary between us and the user's job: nothing that is thrown inside gets out.
 *
 * <p>After a {@link LinkageError}, which means that the jar does not fit this Spark, nothing more is tried.
 */
final class Guard {
    private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

    private final Warnings warnings = Warnings.ofThisApplication();
    private volatile boolean closed;
    private volatile String trouble;

    /** Runs an action; swallows and notes whatever it throws. Returns whether it ran to its end. */
    @SuppressWarnings("CatchingUnchecked")
    boolean run(Runnable action) {
        if (closed) {
            return false;
        }
        try {
            action.run();
            return true;
        } catch (LinkageError e) {
            closed = true;
            trouble = e.toString();
            warnings.once(
                    LOG,
                    "spark-mlflow does not fit Spark " + org.apache.spark.package$.MODULE$.SPARK_VERSION() + ", Scala "
                            + scala.util.Properties.versionNumberString() + ": tracking stops here (" + e + ")");
        } catch (Throwable t) {
            trouble = t.toString();
            warnings.once(LOG, "A part of this application is not tracked in MLflow: " + t);
            LOG.debug("Swallowed, so that the job goes on", t);
        }
        return false;
    }

    /** Returns what was thrown last, or {@code null}. */
    String trouble() {
        return trouble;
    }
}
