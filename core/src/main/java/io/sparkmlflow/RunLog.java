package io.sparkmlflow;

import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.model.PythonText;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The calls of {@link Mlflow} that log, for one run: what Python's functions do with the argument {@code run_id}. Got from {@link
 * Mlflow#toRun}; safe for use by several threads.
 *
 * <p>Values of params and tags are stored as Python's {@code str} writes them ({@link PythonText}), so that {@code
 * logParam("lr", 1e-6)} here and in Python are found by the same search. Every method throws {@link MlflowException} when the
 * store refuses or cannot be reached.
 */
public final class RunLog {
    private final FluentModels models;
    private final Run run;

    RunLog(FluentModels models, Run run) {
        this.models = models;
        this.run = run;
    }

    /** Returns the run that is logged to. */
    public String runId() {
        return run.runId();
    }

    private MlflowClient client() {
        return run.client();
    }

    /** Logs a param. Throws {@code INVALID_PARAMETER_VALUE} if it has another value already. */
    public void logParam(String key, Object value) {
        client().logParam(runId(), key, PythonText.of(value));
    }

    /** Logs params. */
    public void logParams(Map<String, ?> params) {
        List<Param> list = params.entrySet().stream()
                .map(param -> new Param(param.getKey(), PythonText.of(param.getValue())))
                .toList();
        client().logBatch(runId(), List.of(), list, List.of());
    }

    /** Logs a point of a metric for now and step 0. */
    public void logMetric(String key, double value) {
        logMetric(key, value, 0);
    }

    /** Logs a point of a metric for now. */
    public void logMetric(String key, double value, long step) {
        logMetric(new Metric(key, value, System.currentTimeMillis(), step));
    }

    /** Logs a point of a metric; see {@link Mlflow#logMetric(Metric)} for the models that it belongs to. */
    public void logMetric(Metric metric) {
        models.logMetric(run, metric);
    }

    /** Logs points of several metrics for now and one step. */
    public void logMetrics(Map<String, ? extends Number> metrics, long step) {
        logMetrics(metrics, step, System.currentTimeMillis(), null, null);
    }

    /**
     * Logs points of several metrics for one step.
     *
     * @param timestamp milliseconds since the epoch
     * @param modelId the logged model that they belong to, or {@code null}; see {@link Mlflow#logMetric(Metric)}
     * @param dataset what they were computed on, which becomes an input of the run, or {@code null}
     */
    public void logMetrics(
            Map<String, ? extends Number> metrics, long step, long timestamp, String modelId, Dataset dataset) {
        if (dataset != null) {
            logInput(dataset, null);
        }
        String name = dataset == null ? null : dataset.name();
        String digest = dataset == null ? null : dataset.digest();
        metrics.forEach((key, value) ->
                logMetric(new Metric(key, value.doubleValue(), timestamp, step, modelId, name, digest)));
    }

    /** Sets a tag. */
    public void setTag(String key, Object value) {
        client().setTag(runId(), key, PythonText.of(value));
    }

    /** Sets tags. */
    public void setTags(Map<String, ?> tags) {
        List<Tag> list = tags.entrySet().stream()
                .map(tag -> new Tag(tag.getKey(), PythonText.of(tag.getValue())))
                .toList();
        client().logBatch(runId(), List.of(), List.of(), list);
    }

    /** Removes a tag. Throws {@code RESOURCE_DOES_NOT_EXIST} if the run has no such tag. */
    public void deleteTag(String key) {
        client().deleteTag(runId(), key);
    }

    /** Records a dataset that the run uses, and what for: {@code train}, {@code eval}, …, or {@code null}. */
    public void logInput(Dataset dataset, String context) {
        logInput(dataset, context, Map.of(), null);
    }

    /**
     * Records a dataset, a logged model or both that the run uses.
     *
     * @param dataset or {@code null}
     * @param context what the dataset is for, or {@code null}
     * @param tags of the dataset's use
     * @param model or {@code null}
     */
    public void logInput(Dataset dataset, String context, Map<String, String> tags, ModelInput model) {
        Map<String, String> all = new HashMap<>(tags);
        if (context != null) {
            all.put(MlflowTags.DATASET_CONTEXT, context);
        }
        logInputs(
                dataset == null ? List.of() : List.of(new DatasetInput(dataset, all)),
                model == null ? List.of() : List.of(model));
    }

    /** Records datasets and logged models that the run uses. */
    public void logInputs(List<DatasetInput> datasets, List<ModelInput> models) {
        client().logInputs(runId(), datasets, models);
    }

    /** Records logged models that the run produced. */
    public void logOutputs(List<ModelOutput> outputs) {
        models.logOutputs(run, outputs);
    }

    /** Uploads a file, or a directory with its name, to a directory of the run's artifacts; {@code null} for the root. */
    public void logArtifact(Path local, String artifactPath) {
        client().logArtifact(runId(), local, artifactPath);
    }

    /** Uploads what is in a directory to a directory of the run's artifacts; {@code null} for the root. */
    public void logArtifacts(Path localDirectory, String artifactPath) {
        client().logArtifacts(runId(), localDirectory, artifactPath);
    }

    /** Writes a text, in UTF-8, as an artifact such as {@code dir/notes.txt}. */
    public void logText(String text, String artifactFile) {
        client().logText(runId(), text, artifactFile);
    }

    /** Writes a dictionary as an artifact: YAML if the name ends in {@code .yaml} or {@code .yml}, else JSON. */
    public void logDict(Map<String, ?> dictionary, String artifactFile) {
        client().logDict(runId(), dictionary, artifactFile);
    }

    /** Writes what a stream gives, to its end, as an artifact. */
    public void logStream(InputStream content, String artifactFile) {
        client().logStream(runId(), content, artifactFile);
    }

    /** Writes a table as a {@code .json} artifact; its rows are added to those that are there. */
    public void logTable(Table table, String artifactFile) {
        client().logTable(runId(), table, artifactFile);
    }

    /** Writes an image as an artifact, see {@link ArtifactCalls#logImage(String, BufferedImage, String)}. */
    public void logImage(BufferedImage image, String artifactFile) {
        client().logImage(runId(), image, artifactFile);
    }

    /** Writes an image of a key at a step, see {@link ArtifactCalls#logImage(String, BufferedImage, String, long)}. */
    public void logImage(BufferedImage image, String key, long step) {
        client().logImage(runId(), image, key, step);
    }

    /** Writes a drawing as an artifact, see {@link ArtifactCalls#logFigure}. */
    public void logFigure(byte[] figure, String artifactFile) {
        client().logFigure(runId(), figure, artifactFile);
    }

    /** Returns the URI of the run's artifacts, or of one of them; {@code null} for the root. */
    public String artifactUri(String artifactPath) {
        return ArtifactUri.below(run.info().artifactUri(), artifactPath);
    }
}
