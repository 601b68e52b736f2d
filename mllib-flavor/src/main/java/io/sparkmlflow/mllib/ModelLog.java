package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.store.CreateLoggedModel;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a model to a run, to a logged model of MLflow 3, or to both.
 *
 * <p>A logged model is READY only after all of its files have arrived, and UPLOAD_FAILED if something fails before; a version
 * is registered last. What a model that fails has written is deleted.
 */
final class ModelLog {
    private static final Logger LOG = LoggerFactory.getLogger(ModelLog.class);
    private static final Set<String> INHERITED_TAGS =
            Set.of(MlflowTags.USER, MlflowTags.SOURCE_NAME, MlflowTags.SOURCE_TYPE, MlflowTags.GIT_COMMIT);

    private final MlflowClient client;
    private final Run run;
    private final String name;
    private final ModelContent content;
    private MlModel mlmodel;
    private LoggedModel loggedModel;

    /**
     * Prepares to log.
     *
     * @param name where below the run's artifacts, and what the logged model is called
     * @param content what is written into each place
     */
    ModelLog(MlflowClient client, String runId, String name, ModelContent content) {
        this.client = client;
        this.run = client.tracking().getRun(runId);
        this.name = name;
        this.content = content;
    }

    /**
     * Refuses what could only fail after the model has been written.
     *
     * @throws MlflowException if the name cannot be one of a model, or there is no such run or it is deleted
     */
    static void requireLoggable(MlflowClient client, String runId, String name, LoggedModelMode mode) {
        ModelNames.require(name, mode);
        if (client.tracking().getRun(runId).info().lifecycleStage() == LifecycleStage.DELETED) {
            throw MlflowException.invalidParameter(
                    "The run " + runId + " is deleted: restore it, or log the model to another run");
        }
    }

    /** Logs the model and registers it if the options name a registered model. */
    ModelInfo log(ModelOptions options) {
        LoggedModelMode mode = options.loggedModel();
        boolean complete = false;
        try {
            if (mode != LoggedModelMode.RUN) {
                createLoggedModel(mode);
            }
            if (loggedModel != null) {
                writeToLoggedModel();
            }
            if (mode != LoggedModelMode.LOGGED_MODEL) {
                writeToRun();
            }
            complete = true;
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR, "Cannot write the model '" + name + "': " + e.getMessage(), e);
        } finally {
            finalizeLoggedModel(complete);
            if (!complete) {
                content.withdraw();
            }
        }
        ModelVersion version = options.registeredModelName() == null
                ? null
                : new ModelRegistration(client, run, name, loggedModel).register(options);
        return new ModelInfo(
                mode == LoggedModelMode.LOGGED_MODEL
                        ? "models:/" + loggedModel.modelId()
                        : "runs:/" + run.info().runId() + "/" + name,
                run.info().runId(),
                name,
                loggedModel == null ? null : loggedModel.modelId(),
                mlmodel.signature().orElse(null),
                version);
    }

    private void createLoggedModel(LoggedModelMode mode) {
        Map<String, String> tags = new HashMap<>(run.data().tags());
        tags.keySet().retainAll(INHERITED_TAGS);
        Map<String, String> params = run.data().params();
        // What may name an artifact's folder may not all name a logged model.
        String legalName = mode == LoggedModelMode.BOTH
                ? ModelNames.NOT_IN_LOGGED_MODELS.matcher(name).replaceAll("_")
                : name;
        try {
            loggedModel = client.tracking()
                    .createLoggedModel(new CreateLoggedModel(
                            run.info().experimentId(),
                            legalName,
                            null,
                            run.info().runId(),
                            params,
                            tags));
        } catch (MlflowException e) {
            if (mode == LoggedModelMode.BOTH && isUnknownToServer(e)) {
                LOG.info(
                        "The tracking server knows no logged models (MLflow 3 has them); the model '{}' is logged to its run"
                                + " alone",
                        name);
                return;
            }
            throw e;
        }
        client.tracking().logOutputs(run.info().runId(), List.of(new ModelOutput(loggedModel.modelId(), 0)));
    }

    private static boolean isUnknownToServer(MlflowException e) {
        return e.errorCode() == ErrorCode.ENDPOINT_NOT_FOUND
                || e.errorCode() == ErrorCode.NOT_FOUND
                || e.errorCode() == ErrorCode.NOT_IMPLEMENTED;
    }

    /** Writes what Python writes into a logged model: it is called by its own id and place. */
    private void writeToLoggedModel() throws IOException {
        try (ArtifactStore artifacts = client.openArtifacts(loggedModel.artifactUri())) {
            mlmodel = content.writeTo(
                    artifacts, null, own -> own.set("run_id", run.info().runId())
                            .set("artifact_path", loggedModel.artifactUri())
                            .set("model_id", loggedModel.modelId())
                            .set("model_uuid", loggedModel.modelId()));
        }
    }

    private void writeToRun() throws IOException {
        try (ArtifactStore artifacts = client.openArtifacts(run.info().artifactUri())) {
            mlmodel = content.writeTo(
                    artifacts, name, ofRun -> ofRun.set("run_id", run.info().runId())
                            .set("artifact_path", name));
        }
        client.tracking().recordModel(run.info().runId(), ModelHistory.entry(mlmodel));
    }

    private void finalizeLoggedModel(boolean complete) {
        if (loggedModel == null) {
            return;
        }
        if (complete) {
            loggedModel = client.tracking().finalizeLoggedModel(loggedModel.modelId(), LoggedModelStatus.READY);
            return;
        }
        try {
            Uninterrupted.run(() ->
                    client.tracking().finalizeLoggedModel(loggedModel.modelId(), LoggedModelStatus.UPLOAD_FAILED));
        } catch (MlflowException e) {
            // What failed before is what the caller shall see; the model stays PENDING.
            LOG.warn("Cannot mark the logged model {} as failed: {}", loggedModel.modelId(), e.getMessage());
        }
    }
}
