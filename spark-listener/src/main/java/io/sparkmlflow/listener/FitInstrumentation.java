package io.sparkmlflow.listener;

import io.sparkmlflow.listener.weave.NotWovenException;
import io.sparkmlflow.listener.weave.Weaver;
import io.sparkmlflow.listener.weave.Woven;
import org.apache.spark.ml.util.MLWritable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether Spark's own classes tell this application's fits. Where they do not, Spark's events do, as far as they go. */
final class FitInstrumentation {
    private static final Logger LOG = LoggerFactory.getLogger(FitInstrumentation.class);

    private final Woven woven;
    private final FitHooks hooks;

    /** @param woven what {@link #weave} has returned */
    FitInstrumentation(Woven woven, FitHooks hooks) {
        this.woven = woven;
        this.hooks = hooks;
    }

    /**
     * Weaves Spark's classes, unless that was done for an application before this one. To be called before any other class of
     * this package is used: the JVM loads Spark's classes to verify ours.
     *
     * @param setting {@code auto}, or {@code off} to leave them alone
     * @return the woven classes, or {@code null} if they are as they were
     */
    static Woven weave(String setting) {
        if (setting.trim().equalsIgnoreCase("off")) {
            return null;
        }
        long start = System.nanoTime();
        try {
            Woven woven = Weaver.weave(MLWritable.class.getClassLoader());
            LOG.debug("Woven in {} us: {}", (System.nanoTime() - start) / 1000, woven.classes());
            return woven;
        } catch (NotWovenException e) {
            sayEventsOnly(e.getMessage());
        } catch (LinkageError e) {
            sayEventsOnly(e.toString());
        }
        return null;
    }

    /** Has the woven classes call us. */
    void install() {
        if (woven != null) {
            woven.call(hooks);
        }
    }

    private static void sayEventsOnly(String reason) {
        // Not the one warning of the application: the store may have something to say later.
        LOG.warn(
                "Of this application's fits only those of JVM pipelines are tracked in MLflow, from Spark's events: {}",
                reason);
    }

    boolean isActive() {
        return woven != null && woven.calls(hooks);
    }

    void uninstall() {
        if (woven != null) {
            woven.release(hooks);
        }
    }
}
