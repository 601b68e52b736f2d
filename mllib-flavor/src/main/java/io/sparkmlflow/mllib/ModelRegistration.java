package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.model.RegisteredModelMeta;
import io.sparkmlflow.store.CreateModelVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a logged model, all of whose files have arrived, a version of a registered model. */
final class ModelRegistration {
    private static final Logger LOG = LoggerFactory.getLogger(ModelRegistration.class);
    private static final String READY = "READY";
    private static final String FAILED = "FAILED_REGISTRATION";
    private static final long LONGEST_PAUSE_MILLIS = 2000;

    private final MlflowClient client;
    private final Run run;
    private final String name;
    private final LoggedModel loggedModel;

    /**
     * Prepares to register.
     *
     * @param name where the model is below the run's artifacts
     * @param loggedModel the model as a logged model, or {@code null}
     */
    ModelRegistration(MlflowClient client, Run run, String name, LoggedModel loggedModel) {
        this.client = client;
        this.run = run;
        this.name = name;
        this.loggedModel = loggedModel;
    }

    /** Registers the model, waits until the registry is ready, and sets the alias. */
    ModelVersion register(ModelOptions options) {
        String registered = options.registeredModelName();
        client.ensureRegisteredModel(registered);
        ModelVersion created = client.registry().createModelVersion(request(registered));
        ModelVersion version;
        try {
            version = await(created, options.awaitRegistration());
            note(version, options.loggedModel());
            if (options.alias() != null) {
                client.registry().setAlias(registered, options.alias(), version.version());
            }
        } catch (RuntimeException e) {
            throw withoutVersion(created, e);
        }
        return options.alias() == null ? version : reread(version);
    }

    /** A version whose alias is set is complete, whether or not it can be read once more. */
    private ModelVersion reread(ModelVersion version) {
        try {
            return client.registry().getModelVersion(version.name(), version.version());
        } catch (MlflowException e) {
            LOG.debug("Version {} of {} cannot be read again", version.version(), version.name(), e);
            return version;
        }
    }

    /** Deletes the version of a log that failed, or says that it is still there. */
    private MlflowException withoutVersion(ModelVersion version, RuntimeException failure) {
        String which = "version " + version.version() + " of " + version.name();
        ErrorCode code = failure instanceof MlflowException known ? known.errorCode() : ErrorCode.INTERNAL_ERROR;
        String what =
                String.valueOf(failure.getMessage()).replaceFirst("\\.+$", "") + ". The model is logged, but its ";
        try {
            Uninterrupted.run(() -> client.registry().deleteModelVersion(version.name(), version.version()));
            return new MlflowException(code, what + which + " has been deleted again: register it anew", failure);
        } catch (MlflowException e) {
            failure.addSuppressed(e);
            return new MlflowException(
                    code, what + which + " could not be deleted and exists: delete it, or go on with it", failure);
        }
    }

    private CreateModelVersion request(String registered) {
        // A registry elsewhere cannot look up a logged model of this tracking store.
        boolean sameStore = client.registry().uri().equals(client.tracking().uri());
        if (loggedModel != null && sameStore) {
            String source = "models:/" + loggedModel.modelId();
            return new CreateModelVersion(
                    registered, source, run.info().runId(), loggedModel.modelId(), null, null, Map.of());
        }
        String source = loggedModel != null
                ? loggedModel.artifactUri()
                : run.info().artifactUri().replaceAll("/+$", "") + "/" + name;
        return new CreateModelVersion(registered, source, run.info().runId(), null, null, null, Map.of());
    }

    private ModelVersion await(ModelVersion created, Duration atMost) {
        ModelVersion version = created;
        long deadline = System.nanoTime() + atMost.toNanos();
        long pause = 100;
        while (!atMost.isZero() && !READY.equals(version.status())) {
            if (FAILED.equals(version.status())) {
                throw new MlflowException(
                        ErrorCode.INTERNAL_ERROR,
                        "The registry could not register version " + version.version() + " of " + version.name() + ": "
                                + version.statusMessage());
            }
            if (System.nanoTime() > deadline) {
                throw new MlflowException(
                        ErrorCode.DEADLINE_EXCEEDED,
                        "Version " + version.version() + " of " + version.name() + " is still " + version.status()
                                + " after " + atMost.toSeconds()
                                + " s: wait longer (await_registration_for), or 0 not to wait");
            }
            pause(pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
            version = client.registry().getModelVersion(version.name(), version.version());
        }
        return version;
    }

    /** Adds the file that says which version the folder is. The version is complete without it. */
    private void note(ModelVersion version, LoggedModelMode mode) {
        Path meta = null;
        try {
            meta = TemporaryFolders.create();
            new RegisteredModelMeta(version.name(), version.version()).write(meta);
            Path file = meta.resolve(RegisteredModelMeta.FILE_NAME);
            if (loggedModel != null) {
                upload(file, loggedModel.artifactUri(), null);
            }
            if (mode != LoggedModelMode.LOGGED_MODEL) {
                upload(file, run.info().artifactUri(), name);
            }
        } catch (MlflowException | IOException e) {
            LOG.warn(
                    "Version {} of {} is registered, but the file {} could not be added to it: {}",
                    version.version(),
                    version.name(),
                    RegisteredModelMeta.FILE_NAME,
                    e.getMessage());
        } finally {
            if (meta != null) {
                TemporaryFolders.delete(meta);
            }
        }
    }

    private void upload(Path file, String artifactUri, String directory) {
        try (ArtifactStore artifacts = client.openArtifacts(artifactUri)) {
            artifacts.uploadFile(file, directory);
        }
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MlflowException(
                    ErrorCode.CANCELLED, "Interrupted while waiting for the registry to register the model", e);
        }
    }
}
