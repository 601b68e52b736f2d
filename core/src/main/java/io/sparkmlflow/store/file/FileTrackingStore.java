package io.sparkmlflow.store.file;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Page;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.ViewType;
import io.sparkmlflow.store.LoggedModelTokens;
import io.sparkmlflow.store.PageTokens;
import io.sparkmlflow.store.SearchExperiments;
import io.sparkmlflow.store.SearchLoggedModels;
import io.sparkmlflow.store.SearchRuns;
import io.sparkmlflow.store.sql.Validation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Experiments, runs and logged models of a file store. Every call reads the files anew; a search reads all runs of its
 * experiments, as MLflow does.
 */
final class FileTrackingStore extends ReadOnlyTrackingStore {
    private static final String TRASH = ".trash";
    private static final String MODELS = "models";

    FileTrackingStore(Path root, String uri) {
        super(root, uri);
    }

    // ---- experiments ----

    @Override
    public Experiment getExperiment(String experimentId) {
        return folderOf(experimentId)
                .flatMap(this::experiment)
                .orElseThrow(() -> MlflowException.notFound("No Experiment with id=" + experimentId + " exists"));
    }

    @Override
    public Optional<Experiment> findExperimentByName(String name) {
        return experiments(ViewType.ALL).stream()
                .filter(experiment -> experiment.name().equals(name))
                .findFirst();
    }

    @Override
    public Page<Experiment> searchExperiments(SearchExperiments request) {
        Validation.maxResults(request.maxResults(), Validation.MAX_PAGE);
        ExperimentSearch search = ExperimentSearch.of(request.filter(), request.orderBy());
        List<Experiment> found = experiments(request.view()).stream()
                .filter(search::finds)
                .sorted(search.order())
                .toList();
        return PageTokens.cut(found, request.pageToken(), request.maxResults());
    }

    private List<Experiment> experiments(ViewType view) {
        return experimentFolders().stream()
                .map(this::experiment)
                .flatMap(Optional::stream)
                .filter(experiment -> isIn(view, experiment.lifecycleStage()))
                .toList();
    }

    /** Deleted experiments lie in the trash. */
    private Optional<Experiment> experiment(Path folder) {
        boolean deleted = folder.getParent().equals(root().resolve(TRASH));
        return Entities.experiment(folder, deleted ? LifecycleStage.DELETED : LifecycleStage.ACTIVE);
    }

    private List<Path> experimentFolders() {
        List<Path> folders = new ArrayList<>(StoreFolders.in(root()));
        folders.addAll(StoreFolders.in(root().resolve(TRASH)));
        folders.removeIf(folder ->
                !StoreFolders.isId(folder.getFileName().toString()) || !Files.exists(folder.resolve(Meta.FILE_NAME)));
        return folders;
    }

    private Optional<Path> folderOf(String experimentId) {
        if (!StoreFolders.isId(experimentId)) {
            throw MlflowException.invalidParameter("Invalid experiment ID: '" + experimentId + "'");
        }
        for (Path parent : List.of(root(), root().resolve(TRASH))) {
            Path folder = parent.resolve(experimentId);
            if (Files.exists(folder.resolve(Meta.FILE_NAME))) {
                return Optional.of(folder);
            }
        }
        return Optional.empty();
    }

    private static boolean isIn(ViewType view, LifecycleStage stage) {
        return switch (view) {
            case ALL -> true;
            case ACTIVE_ONLY -> stage == LifecycleStage.ACTIVE;
            case DELETED_ONLY -> stage == LifecycleStage.DELETED;
        };
    }

    // ---- runs ----

    @Override
    public Run getRun(String runId) {
        Path folder = runFolder(runId);
        return Entities.runInfo(folder).map(info -> Entities.run(folder, info)).orElseThrow(() -> unknownRun(runId));
    }

    @Override
    public Page<Run> searchRuns(SearchRuns request) {
        Validation.maxResults(request.maxResults(), Validation.MAX_PAGE);
        RunSearch search = RunSearch.of(request.filter(), request.orderBy());
        List<Run> found = new ArrayList<>();
        for (String experimentId : request.experimentIds().stream().distinct().toList()) {
            folderOf(experimentId).ifPresent(folder -> addRuns(found, folder, request.view(), search));
        }
        found.sort(search.order());
        return PageTokens.cut(found, request.pageToken(), request.maxResults());
    }

    private static void addRuns(List<Run> found, Path experiment, ViewType view, RunSearch search) {
        for (Path folder : StoreFolders.in(experiment)) {
            Optional<RunInfo> info = Entities.runInfo(folder).filter(run -> isIn(view, run.lifecycleStage()));
            info.map(run -> Entities.run(folder, run)).filter(search::finds).ifPresent(found::add);
        }
    }

    @Override
    public Page<Metric> getMetricHistory(String runId, String key, int maxResults, String pageToken) {
        Validation.maxResults(maxResults, Validation.MAX_PAGE);
        List<Metric> points = MetricFiles.history(runFolder(runId).resolve("metrics"), key);
        return PageTokens.cut(points, pageToken, maxResults);
    }

    private Path runFolder(String runId) {
        if (!StoreFolders.isId(runId)) {
            throw MlflowException.invalidParameter("Invalid run ID: '" + runId + "'");
        }
        return experimentFolders().stream()
                .map(experiment -> experiment.resolve(runId))
                .filter(folder -> Files.exists(folder.resolve(Meta.FILE_NAME)))
                .findFirst()
                .orElseThrow(() -> unknownRun(runId));
    }

    private static MlflowException unknownRun(String runId) {
        return MlflowException.notFound("Run with id=" + runId + " not found");
    }

    // ---- logged models ----

    @Override
    public LoggedModel getLoggedModel(String modelId) {
        return experimentFolders().stream()
                .filter(experiment -> StoreFolders.isId(modelId))
                .map(experiment -> experiment.resolve(MODELS).resolve(modelId))
                .map(Entities::loggedModel)
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow(() -> MlflowException.notFound("Logged model with ID '" + modelId + "' not found."));
    }

    @Override
    public Page<LoggedModel> searchLoggedModels(SearchLoggedModels request) {
        Validation.maxResults(request.maxResults(), Validation.MAX_PAGE);
        if (request.experimentIds().isEmpty()) {
            throw Validation.missing("experiment_ids");
        }
        LoggedModelSearch search = LoggedModelSearch.of(request);
        List<LoggedModel> found = new ArrayList<>();
        for (String experimentId : request.experimentIds().stream().distinct().toList()) {
            folderOf(experimentId).ifPresent(experiment -> StoreFolders.in(experiment.resolve(MODELS)).stream()
                    .map(Entities::loggedModel)
                    .flatMap(Optional::stream)
                    .filter(search::finds)
                    .forEach(found::add));
        }
        found.sort(search.order());
        return LoggedModelTokens.cut(found, request);
    }
}
