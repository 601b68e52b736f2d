package io.sparkmlflow.listener;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.listener.delivery.Delivery;
import io.sparkmlflow.store.CreateRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes to the runs of one application. Used by the sender's thread alone. */
final class RunWriter {
    /** What MLflow does not allow in the name of a param or metric. */
    private static final String NOT_IN_NAMES = "[^/\\w.\\- :]";

    private final Delivery delivery;
    private final MlflowClient client;
    private final RunInfo application;
    private final Map<String, String> inheritedTags;

    /**
     * @param application the application's run
     * @param inheritedTags the tags that nested runs have too
     */
    RunWriter(Delivery delivery, RunInfo application, Map<String, String> inheritedTags) {
        this.delivery = delivery;
        this.client = delivery.client();
        this.application = application;
        this.inheritedTags = inheritedTags;
    }

    MlflowClient client() {
        return client;
    }

    /** Returns the application's run. */
    RunInfo application() {
        return application;
    }

    /**
     * Creates the run of a fit.
     *
     * @param parent the run that it is nested in
     * @param name {@code null} lets the store invent one
     * @param startTime milliseconds since the epoch
     * @param estimatorTags what is fitted
     */
    RunInfo createFit(RunInfo parent, String name, long startTime, Map<String, String> estimatorTags) {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put(MlflowTags.AUTOLOGGING, "pyspark.ml");
        tags.putAll(estimatorTags);
        return createNested(parent, name, startTime, tags);
    }

    /** Creates a run below another one, with the tags that all nested runs have and others. */
    RunInfo createNested(RunInfo parent, String name, long startTime, Map<String, String> ownTags) {
        Map<String, String> tags = new LinkedHashMap<>(inheritedTags);
        tags.put(MlflowTags.PARENT_RUN_ID, parent.runId());
        tags.putAll(ownTags);
        return client.tracking()
                .createRun(
                        new CreateRun(parent.experimentId(), name, inheritedTags.get(MlflowTags.USER), startTime, tags))
                .info();
    }

    /** Returns the tags by which Python's autolog says what was fitted. */
    static Map<String, String> estimatorTags(EstimatorDescription estimator) {
        return Map.of("estimator_name", estimator.name(), "estimator_class", estimator.className());
    }

    void logParams(RunInfo run, Map<String, String> values) {
        List<Param> params = new ArrayList<>();
        values.forEach((key, value) -> params.add(new Param(legalName(key), value)));
        client.logBatch(run.runId(), List.of(), params, List.of());
    }

    void logMetrics(RunInfo run, List<Metric> metrics) {
        client.logBatch(run.runId(), metrics, List.of(), List.of());
    }

    void logInput(RunInfo run, Dataset dataset, String context) {
        client.tracking()
                .logInputs(
                        run.runId(), List.of(new DatasetInput(dataset, Map.of(MlflowTags.DATASET_CONTEXT, context))));
    }

    /** Writes a file of text among the run's artifacts, in place of one of the same name. */
    void logText(RunInfo run, String fileName, String text) {
        Path folder = null;
        try (ArtifactStore artifacts = client.openArtifacts(run.artifactUri())) {
            folder = TemporaryFolders.create();
            Path file = Files.writeString(folder.resolve(fileName), text, StandardCharsets.UTF_8);
            artifacts.uploadFile(file, null);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write " + fileName, e);
        } finally {
            if (folder != null) {
                TemporaryFolders.delete(folder);
            }
        }
    }

    /**
     * Logs a model that lies in a local folder.
     *
     * @param registeredName {@code null} registers nothing
     */
    void logModel(RunInfo run, String path, Path folder, String registeredName) {
        delivery.logModel(run, path, folder, registeredName);
    }

    void end(RunInfo run, RunStatus status, Long time) {
        client.tracking().updateRun(run.runId(), status, time, null);
    }

    void rename(RunInfo run, String name) {
        client.tracking().updateRun(run.runId(), null, null, name);
    }

    /** Adds tags, or gives them other values. */
    void tag(RunInfo run, Map<String, String> values) {
        List<Tag> tags = new ArrayList<>();
        values.forEach((key, value) -> tags.add(new Tag(key, value)));
        client.logBatch(run.runId(), List.of(), List.of(), tags);
    }

    /** Returns a name as MLflow allows it. */
    static String legalName(String name) {
        return name.replaceAll(NOT_IN_NAMES, "_");
    }
}
