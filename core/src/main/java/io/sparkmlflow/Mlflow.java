package io.sparkmlflow;

import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.FileInfo;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.RegisteredModel;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.model.PythonText;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.SearchExperiments;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchModelVersions;
import io.sparkmlflow.store.SearchRegisteredModels;
import io.sparkmlflow.store.SearchRuns;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * MLflow's fluent API: what is logged goes to the active run of the calling thread.
 *
 * <pre>{@code
 * Mlflow.setTrackingUri("http://localhost:5000");
 * Mlflow.setExperiment("wine");
 * try (Run run = Mlflow.startRun()) {
 *     Mlflow.logParam("depth", 5);
 *     for (int epoch = 0; epoch < 10; epoch++) {
 *         Mlflow.logMetric("loss", train(epoch), epoch);
 *     }
 *     Mlflow.logArtifact(Path.of("model.bin"));
 * }
 * }</pre>
 *
 * <p>The stores are those that {@link #setTrackingUri} and {@link #setRegistryUri} name, else the environment variables, else
 * Python's default, {@code mlflow.db} in the working directory. A thread without a run that logs something starts one, and
 * other threads do not see it: they log by {@link #client()} and {@link Run#runId()}. Metrics are sent behind the call, see
 * {@link MlflowClient}. Runs that are open when the JVM ends in a regular way are ended as FINISHED.
 *
 * <p>Every method throws {@link MlflowException} when a store refuses or cannot be reached.
 */
public final class Mlflow {
    private static final Fluent FLUENT = new Fluent(MlflowConfig.fromEnvironment());

    static {
        ExitHooks.add("mlflow-end-runs", FLUENT.runs()::endAll);
    }

    private Mlflow() {}

    // ---- stores ----

    /** Sets the tracking store for what is started from now on; it is the model registry too, if none is set. */
    public static void setTrackingUri(String uri) {
        FLUENT.set(Setting.TRACKING_URI, uri);
    }

    /** Returns the tracking store's URI, without credentials. */
    public static String getTrackingUri() {
        return FLUENT.uri(Setting.TRACKING_URI);
    }

    /** Returns whether the tracking store was set, here or by the environment. */
    public static boolean isTrackingUriSet() {
        return FLUENT.isSet(Setting.TRACKING_URI);
    }

    /** Sets the model registry. */
    public static void setRegistryUri(String uri) {
        FLUENT.set(Setting.REGISTRY_URI, uri);
    }

    /** Returns the model registry's URI, without credentials. */
    public static String getRegistryUri() {
        return FLUENT.isSet(Setting.REGISTRY_URI) ? FLUENT.uri(Setting.REGISTRY_URI) : getTrackingUri();
    }

    /** Returns the client behind these calls. It is closed when the JVM ends, and not by its user. */
    public static MlflowClient client() {
        return FLUENT.client();
    }

    // ---- runs ----

    /** Starts a run, which is the thread's active run until it is closed; or goes on with that of {@code MLFLOW_RUN_ID}. */
    public static Run startRun() {
        return startRun(StartRun.anew());
    }

    /** Starts a run with a name. */
    public static Run startRun(String runName) {
        return startRun(StartRun.anew().withRunName(runName));
    }

    /** Starts a run within the active one. */
    public static Run startNestedRun(String runName) {
        return startRun(StartRun.anew().withRunName(runName).asNested());
    }

    /** Starts a run. Throws {@code INVALID_STATE} if one is active already and this one is not nested. */
    public static Run startRun(StartRun request) {
        return FLUENT.start(request);
    }

    /** What is done in a run. */
    @FunctionalInterface
    public interface RunBody<E extends Exception> {
        /** Logs to a run, which is the thread's active one. */
        void accept(Run run) throws E;
    }

    /** Does something in a run of its own, which ends as FAILED if an exception leaves it. */
    public static <E extends Exception> void inRun(StartRun request, RunBody<E> body) throws E {
        try (Run run = startRun(request)) {
            boolean done = false;
            try {
                body.accept(run);
                done = true;
            } finally {
                if (!done) {
                    run.fail();
                }
            }
        }
    }

    /** Returns the calling thread's active run. */
    public static Optional<Run> activeRun() {
        return FLUENT.runs().active();
    }

    /** Returns the calling thread's active run, else the one that it ended last, as the store has it. */
    public static Optional<io.sparkmlflow.entities.Run> lastActiveRun() {
        return activeRun().or(() -> FLUENT.runs().lastEnded()).map(run -> run.client()
                .getRun(run.runId()));
    }

    /** Ends the active run, if there is one: as FINISHED, or as FAILED after {@link Run#fail()}. */
    public static void endRun() {
        activeRun().ifPresent(Run::close);
    }

    /** Ends the active run, if there is one. */
    public static void endRun(RunStatus status) {
        activeRun().ifPresent(run -> run.end(status));
    }

    /** Returns a run as the store has it. */
    public static io.sparkmlflow.entities.Run getRun(String runId) {
        return client().getRun(runId);
    }

    /** Returns the run that a run is nested in, if it is. */
    public static Optional<io.sparkmlflow.entities.Run> getParentRun(String runId) {
        return client().getParentRun(runId);
    }

    /** Returns a page of the runs that a request describes. */
    public static Page<io.sparkmlflow.entities.Run> searchRuns(SearchRuns request) {
        return client().searchRuns(request);
    }

    /** Returns the runs of the active experiment that a filter lets through, at most 100,000; {@code null} for all. */
    public static List<io.sparkmlflow.entities.Run> searchRuns(String filter) {
        return FLUENT.searchRuns(List.of(FLUENT.experimentId()), filter);
    }

    /** Returns the runs of the experiments of some names, as above; a name that no experiment has is passed over. */
    public static List<io.sparkmlflow.entities.Run> searchRuns(List<String> experimentNames, String filter) {
        return FLUENT.searchRuns(FLUENT.experimentIds(experimentNames), filter);
    }

    /** Returns the runs of all experiments that are not deleted, as above. */
    public static List<io.sparkmlflow.entities.Run> searchRunsInAllExperiments(String filter) {
        return FLUENT.searchRuns(FLUENT.allExperimentIds(), filter);
    }

    /** Marks a run as deleted. */
    public static void deleteRun(String runId) {
        client().deleteRun(runId);
    }

    /** Takes a deletion back. */
    public static void restoreRun(String runId) {
        client().restoreRun(runId);
    }

    // ---- what is logged to the active run ----

    /** Returns the same calls for another run, open or not: Python's argument {@code run_id}. */
    public static RunLog toRun(String runId) {
        return FLUENT.toRun(runId);
    }

    private static RunLog log() {
        return FLUENT.toActiveRun();
    }

    /**
     * Logs a param, with the text that Python's {@code str} gives its value: {@code 1e-06}, {@code True}. Throws {@code
     * INVALID_PARAMETER_VALUE} if it has another value already.
     */
    public static void logParam(String key, Object value) {
        log().logParam(key, value);
    }

    /** Logs params, with the texts of their values. */
    public static void logParams(Map<String, ?> params) {
        log().logParams(params);
    }

    /** Logs a point of a metric for now and step 0. */
    public static void logMetric(String key, double value) {
        log().logMetric(key, value);
    }

    /** Logs a point of a metric for now. */
    public static void logMetric(String key, double value, long step) {
        log().logMetric(key, value, step);
    }

    /** Logs a point of a metric that was computed on a dataset, which becomes an input of the run. */
    public static void logMetric(String key, double value, long step, String modelId, Dataset dataset) {
        logMetrics(Collections.singletonMap(key, value), step, System.currentTimeMillis(), modelId, dataset);
    }

    /**
     * Logs a point of a metric. It belongs to the logged model that it names, else to the active model, else to those that the
     * run has produced at the point's step; a model that is new to the run becomes an input of it.
     */
    public static void logMetric(Metric metric) {
        log().logMetric(metric);
    }

    /** Logs points of several metrics for now and one step. */
    public static void logMetrics(Map<String, ? extends Number> metrics, long step) {
        log().logMetrics(metrics, step);
    }

    /** Logs points of several metrics for one step, of a model and a dataset or {@code null}; see {@link RunLog#logMetrics}. */
    public static void logMetrics(
            Map<String, ? extends Number> metrics, long step, long timestamp, String modelId, Dataset dataset) {
        log().logMetrics(metrics, step, timestamp, modelId, dataset);
    }

    /** Sets a tag, with the text of its value as above. */
    public static void setTag(String key, Object value) {
        log().setTag(key, value);
    }

    /** Sets tags, with the texts of their values. */
    public static void setTags(Map<String, ?> tags) {
        log().setTags(tags);
    }

    /** Removes a tag. Throws {@code RESOURCE_DOES_NOT_EXIST} if the run has no such tag. */
    public static void deleteTag(String key) {
        log().deleteTag(key);
    }

    /** Records a dataset that the run uses, and what for: {@code train}, {@code eval}, …, or {@code null}. */
    public static void logInput(Dataset dataset, String context) {
        log().logInput(dataset, context);
    }

    /** Records a dataset, a logged model or both that the run uses; see {@link RunLog#logInput}. */
    public static void logInput(Dataset dataset, String context, Map<String, String> tags, ModelInput model) {
        log().logInput(dataset, context, tags, model);
    }

    /** Records datasets that the run uses. */
    public static void logInputs(List<DatasetInput> datasets) {
        log().logInputs(datasets, List.of());
    }

    /** Records datasets and logged models that the run uses. */
    public static void logInputs(List<DatasetInput> datasets, List<ModelInput> models) {
        log().logInputs(datasets, models);
    }

    /** Records logged models that the run produced. */
    public static void logOutputs(List<ModelOutput> models) {
        log().logOutputs(models);
    }

    /**
     * Waits until the store has all that was logged; see {@link MlflowClient#flush()}. Artifacts need no such call: they are stored
     * when the call that logs them returns.
     */
    public static void flushAsyncLogging() {
        client().flush();
    }

    // ---- artifacts of the active run ----

    /** Uploads a file under its own name, or a directory with its name. */
    public static void logArtifact(Path local) {
        log().logArtifact(local, null);
    }

    /** Uploads a file, or a directory with its name, to a directory of the run's artifacts. */
    public static void logArtifact(Path local, String artifactPath) {
        log().logArtifact(local, artifactPath);
    }

    /** Uploads what is in a directory. */
    public static void logArtifacts(Path localDirectory) {
        log().logArtifacts(localDirectory, null);
    }

    /** Uploads what is in a directory to a directory of the run's artifacts. */
    public static void logArtifacts(Path localDirectory, String artifactPath) {
        log().logArtifacts(localDirectory, artifactPath);
    }

    /** Writes a text, in UTF-8, as an artifact such as {@code dir/notes.txt}. */
    public static void logText(String text, String artifactFile) {
        log().logText(text, artifactFile);
    }

    /** Writes a dictionary as an artifact: YAML if the name ends in {@code .yaml} or {@code .yml}, else JSON. */
    public static void logDict(Map<String, ?> dictionary, String artifactFile) {
        log().logDict(dictionary, artifactFile);
    }

    /** Writes what a stream gives, to its end, as an artifact. */
    public static void logStream(InputStream content, String artifactFile) {
        log().logStream(content, artifactFile);
    }

    /** Writes a table as a {@code .json} artifact; its rows are added to those that are there. */
    public static void logTable(Table table, String artifactFile) {
        log().logTable(table, artifactFile);
    }

    /** Writes an image as an artifact, see {@link ArtifactCalls#logImage(String, BufferedImage, String)}. */
    public static void logImage(BufferedImage image, String artifactFile) {
        log().logImage(image, artifactFile);
    }

    /** Writes an image of a key at a step, see {@link ArtifactCalls#logImage(String, BufferedImage, String, long)}. */
    public static void logImage(BufferedImage image, String key, long step) {
        log().logImage(image, key, step);
    }

    /** Writes a drawing as an artifact, see {@link ArtifactCalls#logFigure}. */
    public static void logFigure(byte[] figure, String artifactFile) {
        log().logFigure(figure, artifactFile);
    }

    /** Reads a table of a run. */
    public static Table loadTable(String runId, String artifactFile) {
        return client().loadTable(runId, artifactFile);
    }

    /** Reads the tables of that name from the runs of the active experiment that have one, one after the other. */
    public static Table loadTables(String artifactFile) {
        return loadTables(artifactFile, List.of(), List.of());
    }

    /** Reads the tables of that name from some runs of the active experiment; see {@link ArtifactCalls#loadTables}. */
    public static Table loadTables(String artifactFile, List<String> runIds, List<String> extraColumns) {
        return client().loadTables(FLUENT.experimentId(), artifactFile, runIds, extraColumns);
    }

    /** Returns the root of the run's artifacts: a path or a URI. */
    public static String getArtifactUri() {
        return getArtifactUri(null);
    }

    /** Returns the URI of one of the run's artifacts. */
    public static String getArtifactUri(String artifactPath) {
        return log().artifactUri(artifactPath);
    }

    /** Returns the text, in UTF-8, of the file at {@code runs:/…}, {@code models:/…} or any artifact URI. */
    public static String loadText(String uri) {
        return FLUENT.loadText(uri);
    }

    /** Returns the JSON object in the file at such a URI: texts, numbers, booleans, {@code null}, lists and maps of these. */
    public static Map<String, Object> loadDict(String uri) {
        return ArtifactTexts.toDict(loadText(uri), uri);
    }

    /** Returns what lies directly at {@code runs:/…}, {@code models:/…} or any artifact URI, by name. */
    public static List<FileInfo> listArtifacts(String uri) {
        try (ArtifactStore artifacts = client().openArtifacts(uri)) {
            return artifacts.list(null);
        }
    }

    /**
     * Copies what is at {@code runs:/…}, {@code models:/…} or any artifact URI: to a path that does not exist yet; or into a
     * directory that does, under its own name, in place of what is there.
     *
     * @return where the copy is
     */
    public static Path downloadArtifacts(String uri, Path destination) {
        try (ArtifactStore artifacts = client().openArtifacts(uri)) {
            return Downloads.to(destination, artifacts, "", ArtifactUri.lastName(uri));
        }
    }

    /** Copies the same into a folder that is deleted when the JVM ends, and returns where it is. */
    public static Path downloadArtifacts(String uri) {
        try (ArtifactStore artifacts = client().openArtifacts(uri)) {
            return Downloads.toTemporaryFolder(artifacts, "", ArtifactUri.lastName(uri));
        }
    }

    // ---- experiments ----

    /** Makes the experiment of that name the active one; it is created if it is not there. */
    public static Experiment setExperiment(String name) {
        return FLUENT.setExperiment(name);
    }

    /** Makes the experiment of that id the active one. */
    public static Experiment setExperimentById(String experimentId) {
        return FLUENT.setExperimentById(experimentId);
    }

    /** Creates an experiment and returns its id. */
    public static String createExperiment(String name) {
        return client().createExperiment(name);
    }

    /** Creates an experiment with its own place for artifacts, or {@code null}, and returns its id. */
    public static String createExperiment(String name, String artifactLocation, Map<String, String> tags) {
        return client().createExperiment(name, artifactLocation, tags);
    }

    /** Returns an experiment. */
    public static Experiment getExperiment(String experimentId) {
        return client().getExperiment(experimentId);
    }

    /** Returns the experiment of that name, deleted ones included. */
    public static Optional<Experiment> getExperimentByName(String name) {
        return client().getExperimentByName(name);
    }

    /** Returns a page of the experiments that a request describes. */
    public static Page<Experiment> searchExperiments(SearchExperiments request) {
        return client().searchExperiments(request);
    }

    /** Marks an experiment as deleted. */
    public static void deleteExperiment(String experimentId) {
        client().deleteExperiment(experimentId);
    }

    /** Takes a deletion back. */
    public static void restoreExperiment(String experimentId) {
        client().restoreExperiment(experimentId);
    }

    /** Sets a tag of the active experiment. */
    public static void setExperimentTag(String key, Object value) {
        client().setExperimentTag(FLUENT.experimentId(), key, PythonText.of(value));
    }

    /** Sets tags of the active experiment. */
    public static void setExperimentTags(Map<String, ?> tags) {
        tags.forEach(Mlflow::setExperimentTag);
    }

    /** Removes a tag of the active experiment. */
    public static void deleteExperimentTag(String key) {
        client().deleteExperimentTag(FLUENT.experimentId(), key);
    }

    // ---- logged models ----

    /** Creates a logged model, in state PENDING, of the active run, or of the active experiment if there is no run. */
    public static LoggedModel initializeLoggedModel(String name, String modelType, Map<String, String> params) {
        return initializeLoggedModel(new CreateLoggedModel(null, name, modelType, null, params, Map.of()));
    }

    /** Creates a logged model in state PENDING; where the request names no run or experiment, as above. */
    public static LoggedModel initializeLoggedModel(CreateLoggedModel request) {
        return FLUENT.models().initialize(request);
    }

    /** Creates a logged model, in state READY, whose files are not in MLflow; see {@link #initializeLoggedModel}. */
    public static LoggedModel createExternalModel(
            String name, String modelType, Map<String, String> params, Map<String, String> tags) {
        return createExternalModel(new CreateLoggedModel(null, name, modelType, null, params, tags));
    }

    /** Does the same; where the request names no run or experiment, as above. */
    public static LoggedModel createExternalModel(CreateLoggedModel request) {
        return FLUENT.models().createExternal(request);
    }

    /** Returns the logged model that the calling thread has initialized or created last here, as the store has it. */
    public static Optional<LoggedModel> lastLoggedModel() {
        return FLUENT.models().last();
    }

    /**
     * Makes the newest logged model of that name in the active experiment the calling thread's active model, which the metrics
     * that are logged here belong to. It is created, as one whose files are not in MLflow, if it is not there.
     */
    public static LoggedModel setActiveModel(String name) {
        return FLUENT.models().activate(name);
    }

    /** Makes the logged model of that id the active one. Throws {@code RESOURCE_DOES_NOT_EXIST} if there is none. */
    public static LoggedModel setActiveModelById(String modelId) {
        return FLUENT.models().activateById(modelId);
    }

    /** Returns the calling thread's active model: the one that was set, else that of {@code MLFLOW_ACTIVE_MODEL_ID}. */
    public static Optional<String> getActiveModelId() {
        return FLUENT.models().activeId();
    }

    /** Leaves the calling thread without an active model, also without that of the environment. */
    public static void clearActiveModel() {
        FLUENT.models().clear();
    }

    /** Moves a logged model to READY or UPLOAD_FAILED. */
    public static LoggedModel finalizeLoggedModel(String modelId, LoggedModelStatus status) {
        return client().finalizeLoggedModel(modelId, status);
    }

    /** Returns a logged model. */
    public static LoggedModel getLoggedModel(String modelId) {
        return client().getLoggedModel(modelId);
    }

    /** Returns a page of the logged models that a request describes. */
    public static Page<LoggedModel> searchLoggedModels(SearchLoggedModels request) {
        return client().searchLoggedModels(request);
    }

    /** Logs params of a logged model. */
    public static void logModelParams(String modelId, Map<String, String> params) {
        client().logModelParams(modelId, params);
    }

    /** Logs params of the active model. Throws {@code INVALID_PARAMETER_VALUE} if there is none. */
    public static void logModelParams(Map<String, String> params) {
        logModelParams(FLUENT.models().requireActiveId(), params);
    }

    /** Sets tags of a logged model. */
    public static void setLoggedModelTags(String modelId, Map<String, String> tags) {
        client().setLoggedModelTags(modelId, tags);
    }

    /** Removes a tag of a logged model. */
    public static void deleteLoggedModelTag(String modelId, String key) {
        client().deleteLoggedModelTag(modelId, key);
    }

    // ---- registry ----

    /** Makes a model the next version of a registered model, which is created if it is not there. */
    public static ModelVersion registerModel(String modelUri, String name) {
        return client().registerModel(modelUri, name);
    }

    /** Returns a page of the registered models that a request describes. */
    public static Page<RegisteredModel> searchRegisteredModels(SearchRegisteredModels request) {
        return client().searchRegisteredModels(request);
    }

    /** Returns a page of the versions that a request describes. */
    public static Page<ModelVersion> searchModelVersions(SearchModelVersions request) {
        return client().searchModelVersions(request);
    }

    /** Sets a tag of a version. */
    public static void setModelVersionTag(String name, int version, String key, Object value) {
        client().setModelVersionTag(name, version, key, PythonText.of(value));
    }
}
