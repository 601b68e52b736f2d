package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.LoggedModelTokens;
import io.sparkmlflow.store.PageTokens;
import io.sparkmlflow.store.SearchExperiments;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchRuns;
import io.sparkmlflow.store.TrackingStore;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A tracking store in a SQL database. Answers and refuses as MLflow's own SQL store does. */
final class SqlTrackingStore implements TrackingStore {
    private static final String UNKNOWN_USER = "unknown";

    /** A commit costs as much as a thousand points, and a tenth of a second is what another writer may well wait. */
    private static final int ITEMS_TOGETHER = 25_000;

    private final SqlDatabase database;
    private final String artifactRoot;
    private final LongValues longValues;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** One that cuts long values. */
    SqlTrackingStore(SqlDatabase database, String artifactRoot) {
        this(database, artifactRoot, LongValues.cut());
    }

    /** @param artifactRoot as {@link ArtifactUris#resolve} gives it */
    SqlTrackingStore(SqlDatabase database, String artifactRoot, LongValues longValues) {
        this.database = database;
        this.artifactRoot = artifactRoot;
        this.longValues = longValues;
    }

    @Override
    public String uri() {
        return database.uri();
    }

    // ---- experiments ----

    @Override
    public String createExperiment(String name, String artifactLocation, Map<String, String> tags) {
        Validation.experimentName(name);
        String location =
                artifactLocation == null || artifactLocation.isEmpty() ? null : ArtifactUris.resolve(artifactLocation);
        if (location != null) {
            Validation.artifactLocation(location);
        }
        Validation.experimentTags(tags);
        return Long.toString(database.write(session ->
                ExperimentsTable.insert(session, name, location, artifactRoot, tags, System.currentTimeMillis())));
    }

    @Override
    public Experiment getExperiment(String experimentId) {
        long id = Validation.experimentId(experimentId);
        return database.read(session -> ExperimentsTable.get(session, id));
    }

    @Override
    public Optional<Experiment> findExperimentByName(String name) {
        return database.read(session -> ExperimentsTable.findByName(session, name));
    }

    @Override
    public Page<Experiment> searchExperiments(SearchExperiments request) {
        int limit = request.maxResults();
        Validation.maxResults(limit, Validation.MAX_PAGE);
        ExperimentSearch search =
                ExperimentSearch.of(database.dialect(), request.view(), request.filter(), request.orderBy());
        long offset = PageTokens.offset(request.pageToken());
        return database.read(
                session -> PageTokens.page(ExperimentsTable.search(session, search, offset, limit + 1), offset, limit));
    }

    @Override
    public void renameExperiment(String experimentId, String newName) {
        Validation.experimentName(newName);
        long id = Validation.experimentId(experimentId);
        database.change(session -> ExperimentsTable.rename(session, id, newName, System.currentTimeMillis()));
    }

    @Override
    public void setExperimentTag(String experimentId, String key, String value) {
        Validation.experimentTag(key, value);
        long id = Validation.experimentId(experimentId);
        database.change(session -> {
            ExperimentsTable.getActive(session, id);
            ExperimentsTable.putTag(session, id, key, value);
        });
    }

    @Override
    public void deleteExperimentTag(String experimentId, String key) {
        long id = Validation.experimentId(experimentId);
        database.change(session -> {
            ExperimentsTable.getActive(session, id);
            ExperimentsTable.deleteTag(session, id, key);
        });
    }

    @Override
    public void deleteExperiment(String experimentId) {
        moveExperiment(experimentId, LifecycleStage.DELETED);
    }

    @Override
    public void restoreExperiment(String experimentId) {
        moveExperiment(experimentId, LifecycleStage.ACTIVE);
    }

    private void moveExperiment(String experimentId, LifecycleStage stage) {
        long id = Validation.experimentId(experimentId);
        database.change(session -> ExperimentsTable.move(session, id, stage, System.currentTimeMillis()));
    }

    // ---- runs ----

    @Override
    public Run createRun(CreateRun request) {
        long experimentId = Validation.experimentId(request.experimentId());
        String tagged = request.tags().get(MlflowTags.RUN_NAME);
        String given = isEmpty(request.runName()) ? null : request.runName();
        if (given != null && !isEmpty(tagged) && !given.equals(tagged)) {
            throw MlflowException.invalidParameter(
                    "Both 'run_name' argument and 'mlflow.runName' tag are specified, but"
                            + " with different values (run_name='" + given + "', mlflow.runName='" + tagged + "').");
        }
        String name = given != null ? given : isEmpty(tagged) ? RandomNames.next() : tagged;
        List<Tag> tags = new ArrayList<>();
        request.tags().forEach((key, value) -> tags.add(Validation.runTag(new Tag(key, value), "", longValues)));
        tags.removeIf(tag -> tag.key().equals(MlflowTags.RUN_NAME));
        tags.add(new Tag(MlflowTags.RUN_NAME, name));
        String user = isEmpty(request.userId())
                ? request.tags().getOrDefault(MlflowTags.USER, UNKNOWN_USER)
                : request.userId();
        String runId = Ids.random();
        return database.write(session -> {
            Experiment experiment = ExperimentsTable.getActive(session, experimentId);
            RunsTable.insert(
                    session,
                    new RunInfo(
                            runId,
                            name,
                            experiment.experimentId(),
                            user,
                            RunStatus.RUNNING,
                            request.startTime(),
                            null,
                            LifecycleStage.ACTIVE,
                            ArtifactUris.append(experiment.artifactLocation(), runId, "artifacts")));
            KeyValueTable.putTags(session, runId, tags);
            return RunsTable.get(session, runId);
        });
    }

    @Override
    public Run getRun(String runId) {
        return database.read(session -> RunsTable.get(session, runId));
    }

    @Override
    public RunInfo updateRun(String runId, RunStatus status, Long endTime, String runName) {
        return database.write(session -> {
            RunsTable.getActive(session, runId);
            RunsTable.update(session, runId, status, endTime, isEmpty(runName) ? null : runName);
            if (!isEmpty(runName)) {
                KeyValueTable.putTags(session, runId, List.of(new Tag(MlflowTags.RUN_NAME, runName)));
            }
            return RunsTable.getInfo(session, runId);
        });
    }

    @Override
    public void deleteRun(String runId) {
        moveRun(runId, LifecycleStage.DELETED);
    }

    @Override
    public void restoreRun(String runId) {
        moveRun(runId, LifecycleStage.ACTIVE);
    }

    private void moveRun(String runId, LifecycleStage stage) {
        database.change(session -> {
            RunsTable.getInfo(session, runId);
            RunsTable.move(session, runId, stage, System.currentTimeMillis());
        });
    }

    @Override
    public Page<Run> searchRuns(SearchRuns request) {
        int limit = request.maxResults();
        Validation.maxResults(limit, Validation.MAX_PAGE);
        List<Long> ids = experimentIds(request.experimentIds());
        RunSearch search = RunSearch.of(database.dialect(), ids, request.view(), request.filter(), request.orderBy());
        long offset = PageTokens.offset(request.pageToken());
        return database.read(
                session -> PageTokens.page(RunsTable.search(session, search, offset, limit + 1), offset, limit));
    }

    private static List<Long> experimentIds(List<String> ids) {
        return ids.stream().map(Validation::experimentId).toList();
    }

    // ---- what is logged to a run ----

    @Override
    public void logBatch(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags) {
        write(runId, Validation.batch(metrics, params, tags, longValues));
    }

    @Override
    public int maxItemsTogether() {
        return ITEMS_TOGETHER;
    }

    @Override
    public void logTogether(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags) {
        write(runId, Validation.largeBatch(metrics, params, tags, longValues));
    }

    private void write(String runId, Validation.Batch batch) {
        database.change(session -> {
            RunInfo run = RunsTable.getActive(session, runId);
            KeyValueTable.addParams(session, runId, batch.params());
            MetricsTable.log(session, runId, Validation.experimentId(run.experimentId()), batch.metrics());
            putTags(session, runId, batch.tags());
        });
    }

    @Override
    public void setTag(String runId, Tag tag) {
        Tag checked = Validation.runTag(tag, "", longValues);
        database.change(session -> {
            RunsTable.getActive(session, runId);
            putTags(session, runId, List.of(checked));
        });
    }

    /** Sets tags; the one with the run's name renames the run, and an empty name is no name. */
    private static void putTags(Session session, String runId, List<Tag> tags) throws SQLException {
        List<Tag> kept = new ArrayList<>(tags);
        kept.removeIf(tag -> tag.key().equals(MlflowTags.RUN_NAME) && isEmpty(tag.value()));
        KeyValueTable.putTags(session, runId, kept);
        for (Tag tag : kept) {
            if (tag.key().equals(MlflowTags.RUN_NAME)) {
                RunsTable.update(session, runId, null, null, tag.value());
            }
        }
    }

    @Override
    public void deleteTag(String runId, String key) {
        database.change(session -> {
            RunsTable.getActive(session, runId);
            KeyValueTable.deleteTag(session, runId, key);
        });
    }

    @Override
    public Page<Metric> getMetricHistory(String runId, String key, int maxResults, String pageToken) {
        Validation.maxResults(maxResults, Validation.MAX_PAGE);
        long offset = PageTokens.offset(pageToken);
        return database.read(session ->
                PageTokens.page(MetricsTable.history(session, runId, key, offset, maxResults + 1), offset, maxResults));
    }

    @Override
    public void logInputs(String runId, List<DatasetInput> datasets, List<ModelInput> models) {
        Validation.datasets(datasets);
        database.change(session -> {
            RunInfo run = RunsTable.getActive(session, runId);
            InputsTable.addDatasets(session, runId, Validation.experimentId(run.experimentId()), datasets);
            InputsTable.addModels(session, runId, models);
        });
    }

    @Override
    public void logOutputs(String runId, List<ModelOutput> models) {
        database.change(session -> {
            RunsTable.getActive(session, runId);
            InputsTable.addOutputs(session, runId, models);
        });
    }

    @Override
    public void recordModel(String runId, String modelInfoJson) {
        database.change(session -> {
            RunsTable.lock(session, runId);
            RunsTable.getActive(session, runId);
            String history = KeyValueTable.findTag(session, runId, MlflowTags.LOGGED_MODELS)
                    .orElse(null);
            // Not cut like other tags: half a JSON array would be of no use to anyone.
            String longer = JsonTags.appendModelInfo(history, modelInfoJson);
            KeyValueTable.putTags(session, runId, List.of(new Tag(MlflowTags.LOGGED_MODELS, longer)));
        });
    }

    // ---- logged models ----

    @Override
    public LoggedModel createLoggedModel(CreateLoggedModel request) {
        LoggedModelsTable.validateName(request.name());
        long experimentId = Validation.experimentId(request.experimentId());
        String modelId = "m-" + Ids.random();
        long now = System.currentTimeMillis();
        return database.write(session -> {
            Experiment experiment = ExperimentsTable.getActive(session, experimentId);
            LoggedModelsTable.insert(
                    session,
                    new LoggedModel(
                            modelId,
                            experiment.experimentId(),
                            request.name() == null ? RandomNames.next() : request.name(),
                            ArtifactUris.append(experiment.artifactLocation(), "models", modelId, "artifacts"),
                            now,
                            now,
                            LoggedModelStatus.PENDING,
                            request.modelType(),
                            request.sourceRunId(),
                            null,
                            request.params(),
                            request.tags(),
                            List.of()));
            return LoggedModelsTable.get(session, modelId);
        });
    }

    @Override
    public LoggedModel getLoggedModel(String modelId) {
        return database.read(session -> LoggedModelsTable.get(session, modelId));
    }

    @Override
    public LoggedModel finalizeLoggedModel(String modelId, LoggedModelStatus status) {
        if (status == LoggedModelStatus.PENDING) {
            throw MlflowException.invalidParameter("Invalid model status: " + status.wireName() + ". Expected "
                    + LoggedModelStatus.READY.wireName() + " or " + LoggedModelStatus.UPLOAD_FAILED.wireName() + ".");
        }
        return database.write(session -> {
            LoggedModelsTable.setStatus(session, modelId, status, System.currentTimeMillis());
            return LoggedModelsTable.get(session, modelId);
        });
    }

    @Override
    public Page<LoggedModel> searchLoggedModels(SearchLoggedModels request) {
        int limit = request.maxResults();
        Validation.maxResults(limit, Validation.MAX_PAGE);
        if (request.experimentIds().isEmpty()) {
            throw Validation.missing("experiment_ids");
        }
        LoggedModelSearch search =
                LoggedModelSearch.of(database.dialect(), experimentIds(request.experimentIds()), request);
        long offset = LoggedModelTokens.offset(request);
        List<LoggedModel> found =
                database.read(session -> LoggedModelsTable.search(session, search, offset, limit + 1));
        return found.size() <= limit
                ? new Page<>(found, null)
                : new Page<>(found.subList(0, limit), LoggedModelTokens.token(request, offset + limit));
    }

    @Override
    public void setLoggedModelTags(String modelId, List<Tag> tags) {
        database.change(session -> LoggedModelsTable.putTags(session, modelId, tags));
    }

    @Override
    public void deleteLoggedModelTag(String modelId, String key) {
        database.change(session -> LoggedModelsTable.deleteTag(session, modelId, key));
    }

    @Override
    public void logLoggedModelParams(String modelId, List<Param> params) {
        database.change(session -> LoggedModelsTable.addParams(session, modelId, params));
    }

    @Override
    public void deleteLoggedModel(String modelId) {
        database.change(session -> LoggedModelsTable.delete(session, modelId, System.currentTimeMillis()));
    }

    private static boolean isEmpty(String text) {
        return text == null || text.isEmpty();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            database.close();
        }
    }
}
