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

    private final FitHooks hooks;
    private volatile Woven woven;

    FitInstrumentation(FitHooks hooks) {
        this.hooks = hooks;
    }

    /**
     * Weaves Spark's classes, unless that was done for an application before this one, and has them call us.
     *
     * @param setting {@code auto}, or {@code off} to leave them alone
     */
    void install(String setting) {
        if (setting.trim().equalsIgnoreCase("off")) {
            return;
        }
        long start = System.nanoTime();
        try {
            woven = Weaver.weave(MLWritable.class.getClassLoader());
            woven.call(hooks);
            LOG.debug("Woven in {} us: {}", (System.nanoTime() - start) / 1000, woven.classes());
        } catch (NotWovenException e) {
            sayEventsOnly(e.getMessage());
        } catch (LinkageError e) {
            sayEventsOnly(e.toString());
        }
    }

    private static void sayEventsOnly(String reason) {
        Warnings.once(
                LOG,
                "Of this application's fits only those of JVM pipelines are tracked in MLflow, from Spark's events: "
                        + reason);
    }

    boolean isActive() {
        Woven classes = woven;
        return classes != null && classes.calls(hooks);
    }

    void uninstall() {
        Woven classes = woven;
        if (classes != null) {
            classes.release(hooks);
        }
    }
}
