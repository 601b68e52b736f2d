package io.sparkmlflow;

import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchExperiments;
import io.sparkmlflow.store.SearchRuns;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What {@link Mlflow} remembers: the stores, the active experiment and the active runs. */
final class Fluent {
    private static final Logger LOG = LoggerFactory.getLogger(Fluent.class);
    /** How many runs Python's search_runs returns at most unless it is told otherwise. */
    private static final int MAX_RUNS = 100_000;

    private final ActiveRuns runs = new ActiveRuns();
    private final FluentModels models = new FluentModels(this);
    private final RunContext context;
    private final Map<String, MlflowClient> clients = new HashMap<>();
    private final AtomicBoolean runIdTaken = new AtomicBoolean();
    // Guarded by this.
    private MlflowConfig config;
    private String experimentId;

    Fluent(MlflowConfig config) {
        this(config, Path.of(""));
    }

    /** With another directory than the JVM's to look for a git checkout. */
    Fluent(MlflowConfig config, Path directory) {
        this.config = config;
        this.context = new RunContext(directory);
    }

    ActiveRuns runs() {
        return runs;
    }

    FluentModels models() {
        return models;
    }

    // ---- stores ----

    /** Changes a URI for what is started from now on; open runs stay where they are. */
    synchronized void set(Setting setting, String value) {
        config = config.with(setting, value);
        if (setting == Setting.TRACKING_URI) {
            experimentId = null;
        }
    }

    synchronized String uri(Setting setting) {
        return MlflowClient.trackingUri(config.find(setting)
                .map(uri -> config.with(Setting.TRACKING_URI, uri))
                .orElse(config));
    }

    synchronized boolean isSet(Setting setting) {
        return config.find(setting).isPresent();
    }

    /** Returns the client for the URIs that are set. Clients live as long as the JVM, since runs may be open with them. */
    synchronized MlflowClient client() {
        String uris = config.find(Setting.TRACKING_URI) + " " + config.find(Setting.REGISTRY_URI);
        return clients.computeIfAbsent(uris, key -> MlflowClient.open(config));
    }

    synchronized Optional<String> setting(Setting setting) {
        return config.find(setting);
    }

    // ---- experiments ----

    Experiment setExperiment(String name) {
        return activate(client().getExperiment(idOf(name)));
    }

    Experiment setExperimentById(String id) {
        return activate(client().getExperiment(id));
    }

    private synchronized Experiment activate(Experiment experiment) {
        if (experiment.lifecycleStage() != LifecycleStage.ACTIVE) {
            throw MlflowException.invalidParameter("Cannot set a deleted experiment '" + experiment.name()
                    + "' as the active experiment. Restore it, or choose another one.");
        }
        experimentId = experiment.experimentId();
        return experiment;
    }

    /** Returns the id of an experiment, which is created if it is not there. */
    private String idOf(String name) {
        MlflowClient client = client();
        Optional<Experiment> known = client.getExperimentByName(name);
        if (known.isPresent()) {
            return known.get().experimentId();
        }
        LOG.info("Experiment with name '{}' does not exist. Creating a new experiment.", name);
        return client.ensureExperiment(name);
    }

    /** Returns the active experiment: the one that was set, else the one that the environment names. */
    String experimentId() {
        String active = activeExperimentId();
        return active != null
                ? active
                : setting(Setting.EXPERIMENT_NAME).map(this::idOf).orElseGet(() -> setting(Setting.EXPERIMENT_ID)
                        .orElseThrow());
    }

    private synchronized MlflowConfig config() {
        return config;
    }

    private synchronized String activeExperimentId() {
        return experimentId;
    }

    /** Returns the ids of the experiments of some names; a name that none has is said and passed over. */
    List<String> experimentIds(List<String> names) {
        MlflowClient client = client();
        List<String> ids = new ArrayList<>();
        for (String name : names) {
            client.getExperimentByName(name)
                    .map(Experiment::experimentId)
                    .ifPresentOrElse(ids::add, () -> LOG.warn("There is no experiment '{}' to search.", name));
        }
        return ids;
    }

    List<String> allExperimentIds() {
        return client().searchAllExperiments(SearchExperiments.active())
                .map(Experiment::experimentId)
                .toList();
    }

    List<io.sparkmlflow.entities.Run> searchRuns(List<String> experimentIds, String filter) {
        return experimentIds.isEmpty()
                ? List.of()
                : client().searchAllRuns(SearchRuns.in(experimentIds.toArray(String[]::new))
                                .withFilter(filter))
                        .limit(MAX_RUNS)
                        .toList();
    }

    String loadText(String uri) {
        try (ArtifactStore artifacts = client().openArtifacts(uri);
                InputStream content = artifacts.open("")) {
            return ArtifactTexts.decode(content.readAllBytes(), uri);
        } catch (IOException e) {
            throw new MlflowException(ErrorCode.INTERNAL_ERROR, "Cannot read the artifact " + uri + ": " + e, e);
        }
    }

    // ---- runs ----

    /** Returns the thread's active run; starts one if there is none. */
    Run activeOrStarted() {
        return runs.active().orElseGet(() -> start(StartRun.anew()));
    }

    RunLog toActiveRun() {
        return new RunLog(models, activeOrStarted());
    }

    /** Returns what logs to a run, which stays as it is: it does not become an active one. */
    RunLog toRun(String runId) {
        Optional<Run> active = runs.active().filter(run -> run.runId().equals(runId));
        return new RunLog(models, active.orElseGet(() -> {
            io.sparkmlflow.entities.Run stored = client().getRun(runId);
            return new Run(client(), runs, stored.info(), RunModels.of(stored));
        }));
    }

    Run start(StartRun request) {
        Run active = runs.active().orElse(null);
        if (active != null && !request.nested()) {
            throw new MlflowException(
                    ErrorCode.INVALID_STATE,
                    "The run " + active.runId()
                            + " is active already on this thread. End it first with Mlflow.endRun(),"
                            + " or start a nested run with StartRun.anew().asNested()");
        }
        String existing = request.runId() != null ? request.runId() : runIdOfEnvironment();
        Run run = existing != null ? resume(existing, request) : create(request, active);
        runs.add(run);
        return run;
    }

    /** The run that the environment names is for the first run that is started: for the program that was started with it. */
    private String runIdOfEnvironment() {
        String runId = setting(Setting.RUN_ID).orElse(null);
        return runId != null && runIdTaken.compareAndSet(false, true) ? runId : null;
    }

    private Run resume(String runId, StartRun request) {
        MlflowClient client = client();
        io.sparkmlflow.entities.Run stored = client.getRun(runId);
        RunInfo info = stored.info();
        String active = activeExperimentId();
        if (active != null && !active.equals(info.experimentId())) {
            throw MlflowException.invalidParameter("Cannot start the run " + runId + ": it is in the experiment "
                    + info.experimentId() + ", but the experiment " + active + " has been set. Set that of the run,"
                    + " or none.");
        }
        if (info.lifecycleStage() == LifecycleStage.DELETED) {
            throw MlflowException.invalidParameter(
                    "Cannot start the run " + runId + ", because it is deleted. Restore it first.");
        }
        List<Tag> tags = tags(request).entrySet().stream()
                .map(tag -> new Tag(tag.getKey(), tag.getValue()))
                .toList();
        client.logBatch(runId, List.of(), List.of(), tags);
        RunInfo resumed = client.updateRun(runId, RunStatus.RUNNING, request.runName());
        return new Run(client, runs, resumed, RunModels.of(stored));
    }

    private Run create(StartRun request, Run active) {
        MlflowClient client = client();
        Map<String, String> tags = context.tags(config());
        tags.putAll(tags(request));
        String parent = parent(client, request, active);
        if (parent != null) {
            tags.put(MlflowTags.PARENT_RUN_ID, parent);
        }
        String name = request.runName() != null || parent != null
                ? request.runName()
                : setting(Setting.RUN_NAME).orElse(null);
        String experiment = request.experimentId() != null ? request.experimentId() : experimentId();
        String user = tags.get(MlflowTags.USER);
        RunInfo info = client.createRun(new CreateRun(experiment, name, user, System.currentTimeMillis(), tags))
                .info();
        return new Run(client, runs, info, new RunModels());
    }

    private static String parent(MlflowClient client, StartRun request, Run active) {
        String parent = request.parentRunId();
        if (parent == null) {
            return active == null ? null : active.runId();
        }
        if (active != null && !active.runId().equals(parent)) {
            throw MlflowException.invalidParameter("The parent run " + parent + " is not the active run "
                    + active.runId() + ". End that one first with Mlflow.endRun().");
        }
        if (client.getRun(parent).info().lifecycleStage() == LifecycleStage.DELETED) {
            throw MlflowException.invalidParameter(
                    "Cannot start a run under the run " + parent + ", because that is deleted. Restore it first.");
        }
        return parent;
    }

    private static Map<String, String> tags(StartRun request) {
        if (request.description() == null) {
            return request.tags();
        }
        if (request.tags().containsKey(MlflowTags.NOTE)) {
            throw MlflowException.invalidParameter("The description is given twice: as the tag " + MlflowTags.NOTE
                    + " and as the description. Leave one of them out.");
        }
        Map<String, String> tags = new LinkedHashMap<>(request.tags());
        tags.put(MlflowTags.NOTE, request.description());
        return tags;
    }
}
