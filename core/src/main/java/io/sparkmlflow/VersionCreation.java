package io.sparkmlflow;

import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.store.ModelRegistry;
import java.time.Duration;

/** Waits until a registry has taken a version in, which some do after their answer. */
final class VersionCreation {
    /** How long Python waits unless it is told otherwise. */
    static final Duration DEFAULT_WAIT = Duration.ofMinutes(5);

    private static final Duration PAUSE = Duration.ofSeconds(3);
    private static final String PENDING = "PENDING_REGISTRATION";

    private VersionCreation() {}

    /**
     * Returns the version when it is ready, or at once if there is no time to wait.
     *
     * @throws MlflowException if it cannot be made ready, or is not ready in that time
     */
    static ModelVersion await(ModelVersion created, ModelRegistry registry, Duration wait) {
        return await(created, registry, wait, PAUSE);
    }

    static ModelVersion await(ModelVersion created, ModelRegistry registry, Duration wait, Duration pause) {
        long end = System.nanoTime() + wait.toNanos();
        ModelVersion version = created;
        while (PENDING.equals(version.status()) && !wait.isZero()) {
            if (System.nanoTime() > end) {
                throw new MlflowException(
                        ErrorCode.INTERNAL_ERROR,
                        "Version " + version.version() + " of the model '" + version.name() + "' is not ready after "
                                + wait.toSeconds() + " s: wait longer, or look at its status later");
            }
            sleep(pause, version);
            version = registry.getModelVersion(version.name(), version.version());
        }
        if ("FAILED_REGISTRATION".equals(version.status())) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "Version " + version.version() + " of the model '" + version.name() + "' could not be created: "
                            + version.statusMessage());
        }
        return version;
    }

    private static void sleep(Duration pause, ModelVersion version) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MlflowException(
                    ErrorCode.CANCELLED,
                    "Interrupted while waiting for version " + version.version() + " of the model '" + version.name()
                            + "'",
                    e);
        }
    }
}
