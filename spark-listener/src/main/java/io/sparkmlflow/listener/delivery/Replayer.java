package io.sparkmlflow.listener.delivery;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunData;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRuns;
import io.sparkmlflow.store.StoreUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends a spool to a tracking store and deletes it. May be cut off anywhere and started again: what was sent is noted after
 * each call, and the one call that may be made twice finds what it has made before.
 */
final class Replayer {
    private static final String REFUSED = "refused.txt";

    private final Path folder;
    private final MlflowClient client;
    private final Map<String, String> experiments = new LinkedHashMap<>();

    /**
     * What became of a spool.
     *
     * @param runs the store's ids of the runs that the spool has other ids for
     * @param refused what the store does not take, however often it is asked
     */
    record Result(int sent, Map<String, String> runs, List<String> refused) {}

    Replayer(Path folder, MlflowClient client) {
        this.folder = folder;
        this.client = client;
    }

    /** Returns the tracking URI that a spool was made for, without credentials; {@code null} if there is no whole record. */
    static String originOf(Path folder) throws IOException {
        List<byte[]> records = SpoolFile.read(folder.resolve(SpoolFolders.RECORDS));
        return !records.isEmpty() && SpoolOp.of(records.get(0)) instanceof SpoolOp.Origin origin
                ? origin.trackingUri()
                : null;
    }

    /**
     * Sends what was not sent before. The folder goes away unless something was refused, which is written beside it.
     *
     * @throws StoreUnavailableException if the store does not answer; the next call goes on from there
     */
    Result replay() {
        try (SpoolLock lock = SpoolLock.tryLock(folder)) {
            if (lock == null) {
                throw MlflowException.invalidParameter("The spool " + folder
                        + " belongs to an application that is still running, or is being sent by another process: wait"
                        + " until that has ended");
            }
            Result result = send();
            settle(result.refused());
            return result;
        } catch (IOException e) {
            throw cannotRead(e);
        }
    }

    /**
     * Sends what was not sent before, for the one who has the spool's lock. Files and models are deleted once they are sent, the
     * rest stays for {@link #settle}.
     *
     * @throws StoreUnavailableException as {@link #replay} does
     */
    Result send() {
        try {
            return sendAll();
        } catch (IOException e) {
            throw cannotRead(e);
        }
    }

    /** Deletes the folder, or writes into it what was refused. */
    void settle(List<String> refused) throws IOException {
        if (refused.isEmpty()) {
            TemporaryFolders.delete(folder);
        } else {
            Files.write(folder.resolve(REFUSED), refused);
        }
    }

    private UncheckedIOException cannotRead(IOException e) {
        return new UncheckedIOException("Cannot read the spool " + folder, e);
    }

    private Result sendAll() throws IOException {
        List<byte[]> records = SpoolFile.read(folder.resolve(SpoolFolders.RECORDS));
        List<String> refused = new ArrayList<>();
        try (ReplayProgress progress = ReplayProgress.open(folder)) {
            int before = progress.done();
            for (int i = before; i < records.size(); i++) {
                SpoolOp op = SpoolOp.of(records.get(i));
                boolean taken = false;
                try {
                    send(op, progress);
                    taken = true;
                } catch (StoreUnavailableException e) {
                    throw e;
                } catch (MlflowException e) {
                    if (e.errorCode() == ErrorCode.CANCELLED) {
                        throw e; // interrupted, which is no answer
                    }
                    refused.add(op.getClass().getSimpleName() + ": " + e.getMessage());
                }
                progress.advance();
                if (taken) {
                    deleteFiles(op);
                }
            }
            return new Result(records.size() - before, progress.runs(), refused);
        }
    }

    private void deleteFiles(SpoolOp op) {
        String sent = op instanceof SpoolOp.FileUploaded upload
                ? upload.file()
                : op instanceof SpoolOp.ModelLogged model ? model.folder() : null;
        if (sent != null) {
            TemporaryFolders.delete(folder.resolve(sent).getParent());
        }
    }

    private void send(SpoolOp op, ReplayProgress progress) {
        if (op instanceof SpoolOp.Origin origin && origin.format() != Spool.FORMAT) {
            throw MlflowException.invalidParameter("The spool " + folder + " has format " + origin.format()
                    + ", and this version of spark-mlflow reads " + Spool.FORMAT);
        } else if (op instanceof SpoolOp.RunCreated created) {
            progress.created(created.localId(), create(created.request(), progress));
        } else if (op instanceof SpoolOp.Logged logged) {
            log(logged, progress.run(logged.runId()));
        } else if (op instanceof SpoolOp.RunUpdated updated) {
            client.tracking()
                    .updateRun(progress.run(updated.runId()), updated.status(), updated.endTime(), updated.runName());
        } else if (op instanceof SpoolOp.InputsLogged inputs) {
            client.tracking().logInputs(progress.run(inputs.runId()), inputs.datasets());
        } else if (op instanceof SpoolOp.FileUploaded upload) {
            upload(upload, progress);
        } else if (op instanceof SpoolOp.ModelLogged model) {
            logModel(model, progress.run(model.runId()));
        }
    }

    /** Returns the run with the request's key, or makes it. */
    private String create(CreateRun request, ReplayProgress progress) {
        String name = SpoolStore.nameOf(request.experimentId());
        String experiment =
                name == null ? request.experimentId() : experiments.computeIfAbsent(name, client::ensureExperiment);
        String key = request.tags().get(Delivery.KEY);
        List<Run> made = client.tracking()
                .searchRuns(SearchRuns.in(experiment).withFilter("tags.`" + Delivery.KEY + "` = '" + key + "'"))
                .items();
        if (!made.isEmpty()) {
            return made.get(0).info().runId();
        }
        Map<String, String> tags = new LinkedHashMap<>(request.tags());
        tags.computeIfPresent(MlflowTags.PARENT_RUN_ID, (tag, parent) -> progress.run(parent));
        return client.tracking()
                .createRun(new CreateRun(experiment, request.runName(), request.userId(), request.startTime(), tags))
                .info()
                .runId();
    }

    private void log(SpoolOp.Logged logged, String runId) {
        if (!logged.yields()) {
            client.logBatch(runId, logged.metrics(), logged.params(), logged.tags());
            return;
        }
        RunData there = client.tracking().getRun(runId).data();
        client.logBatch(
                runId,
                logged.metrics(),
                logged.params().stream()
                        .filter(param -> !there.params().containsKey(param.key()))
                        .toList(),
                logged.tags().stream()
                        .filter(tag -> !there.tags().containsKey(tag.key()))
                        .toList());
    }

    private void upload(SpoolOp.FileUploaded upload, ReplayProgress progress) {
        String run = SpoolStore.runOf(upload.artifactUri());
        String uri = run == null
                ? upload.artifactUri()
                : client.tracking().getRun(progress.run(run)).info().artifactUri();
        try (ArtifactStore artifacts = client.openArtifacts(uri)) {
            artifacts.uploadFile(folder.resolve(upload.file()), upload.directory());
        }
    }

    private void logModel(SpoolOp.ModelLogged model, String runId) {
        Path files = folder.resolve(model.folder());
        if (!isLogged(model, runId, MlModel.read(files))) {
            SparkFlavor.log(client, runId, model.path(), files, model.registeredName());
        }
    }

    /** A model has a uuid, by which its entry in the run's history is found. A version is registered last. */
    private boolean isLogged(SpoolOp.ModelLogged model, String runId, MlModel description) {
        String history = client.tracking().getRun(runId).data().tags().getOrDefault(MlflowTags.LOGGED_MODELS, "");
        boolean isInHistory =
                description.text("model_uuid").filter(history::contains).isPresent();
        return isInHistory && (model.registeredName() == null || isRegistered(model.registeredName(), runId));
    }

    private boolean isRegistered(String name, String runId) {
        return client
                .registry()
                .searchModelVersions(SearchModelVersions.all().withFilter("name = '" + name.replace("'", "\\'") + "'"))
                .items()
                .stream()
                .anyMatch(version -> runId.equals(version.runId()));
    }
}
