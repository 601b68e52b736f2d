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

    private volatile boolean closed;

    /** Runs an action; swallows and notes whatever it throws. */
    @SuppressWarnings("CatchingUnchecked")
    void run(Runnable action) {
        if (closed) {
            return;
        }
        try {
            action.run();
        } catch (LinkageError e) {
            closed = true;
            Warnings.once(
                    LOG,
                    "spark-mlflow does not fit Spark " + org.apache.spark.package$.MODULE$.SPARK_VERSION() + ", Scala "
                            + scala.util.Properties.versionNumberString() + ": tracking stops here (" + e + ")");
        } catch (Throwable t) {
            Warnings.once(LOG, "A part of this application is not tracked in MLflow: " + t);
            LOG.debug("Swallowed, so that the job goes on", t);
        }
    }
}
