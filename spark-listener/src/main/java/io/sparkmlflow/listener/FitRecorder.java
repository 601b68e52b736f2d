package io.sparkmlflow.listener;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;

/** Writes fits into runs: nested in the application's, or the run that the user names. Used by the sender's thread alone. */
final class FitRecorder {
    private final MlflowConfig config;
    private final RunWriter runs;
    private final TargetRuns targets;
    private final BiConsumer<String, List<DataSource>> sourcesRead;
    private final StreamRecorder streams;
    private final FittedModels<RunInfo> models;
    private final FittedModels<RunInfo> lastStages = new FittedModels<>();
    private final PythonSearchRecorder pythonSearches;
    private final Map<String, FitRun> open = new HashMap<>();
    private final Set<String> targetRunsUsed = new HashSet<>();

    /** A fit's run while it is open. */
    private static final class FitRun {
        private final Fact.FitStarted started;
        private RunInfo info;
        private boolean ownRun;
        private Long endTime;
        private int modelsTold;
        private final List<RunInfo> candidates = new ArrayList<>();

        FitRun(Fact.FitStarted started) {
            this.started = started;
        }

        boolean isPythonRefit() {
            return started.pythonSearch() != null && started.pythonSearch().isRefit();
        }
    }

    FitRecorder(
            MlflowConfig config,
            RunWriter runs,
            TargetRuns targets,
            FittedModels<RunInfo> models,
            PythonSearchRecorder pythonSearches,
            StreamRecorder streams,
            BiConsumer<String, List<DataSource>> sourcesRead) {
        this.config = config;
        this.runs = runs;
        this.targets = targets;
        this.models = models;
        this.pythonSearches = pythonSearches;
        this.streams = streams;
        this.sourcesRead = sourcesRead;
    }

    void started(Fact.FitStarted fact) {
        if (fact.pythonSearch() != null && !fact.pythonSearch().isRefit()) {
            RunInfo query = query(fact);
            RunInfo target = query == null ? target(fact) : query;
            pythonSearches.foldStarted(fact, target == null ? runs.application() : target);
            return;
        }
        FitRun fit = open.computeIfAbsent(fact.fitId(), id -> new FitRun(fact));
        if (fit.info == null) {
            openRun(fit);
        }
        if (!fit.isPythonRefit()) {
            runs.logParams(fit.info, fact.estimator().params());
            runs.logText(fit.info, "estimator_info.json", fact.estimator().infoJson());
        }
        takeIn(fit);
        if (config.isOn(Setting.AUTOLOG_DATASETS) && fact.dataset() != null) {
            List<DataSource> sources =
                    DataSource.of(fact.dataset().queryExecution().analyzed());
            runs.logInput(fit.info, TrainingDataset.of(fact.dataset(), sources), "train");
            if (fact.batch() == null) {
                sourcesRead.accept(isForSession(fact) ? fact.targetRun() : null, sources);
            }
        }
    }

    /** A pipeline in Python that fits several models is known for one with its last: those before get their place below its run. */
    private void takeIn(FitRun fit) {
        for (Transformer stage : fit.started.stagesBefore()) {
            RunInfo before = lastStages.findFit(stage);
            if (before != null && !before.runId().equals(fit.info.runId())) {
                runs.tag(before, Map.of(MlflowTags.PARENT_RUN_ID, fit.info.runId()));
            }
        }
    }

    /**
     * The first fit that a user sends to a run is logged to that run itself, as Python's autolog does with an active run. Later
     * ones have other values for the same params, so they are nested in it.
     */
    private void openRun(FitRun fit) {
        Fact.FitStarted fact = fit.started;
        fit.ownRun = true;
        if (fit.isPythonRefit()) {
            fit.info = pythonSearches.runOf(fact.pythonSearch());
            if (fit.info != null) {
                return;
            }
        }
        RunInfo query = query(fact);
        if (query != null) {
            Map<String, String> tags = new HashMap<>(RunWriter.estimatorTags(fact.estimator()));
            tags.putAll(StreamRecorder.tags(fact.batch()));
            fit.info = runs.createFit(query, fact.estimator().name(), fact.time(), tags);
            return;
        }
        RunInfo target = target(fact);
        if (target != null && !isForSession(fact) && !targetRunsUsed.contains(target.runId())) {
            RunWriter.estimatorTags(fact.estimator())
                    .forEach((key, value) -> runs.client().tracking().setTag(target.runId(), new Tag(key, value)));
            targetRunsUsed.add(target.runId());
            fit.ownRun = false;
            fit.info = target;
            return;
        }
        fit.info = runs.createFit(
                target == null ? runs.application() : target,
                fact.estimator().name(),
                fact.time(),
                RunWriter.estimatorTags(fact.estimator()));
    }

    /** Returns the run of the streaming query in whose micro-batch a fit is, or {@code null}. */
    private RunInfo query(Fact.FitStarted fact) {
        return fact.batch() == null ? null : streams.runOf(fact.batch(), fact.targetRun(), fact.time());
    }

    /** Returns the run that the user sends a fit to, or that of the session that it is made in, or {@code null}. */
    private RunInfo target(Fact.FitStarted fact) {
        return targets.find(fact.targetRun(), fact.time());
    }

    private static boolean isForSession(Fact.FitStarted fact) {
        return ConnectSessions.sessionOf(fact.targetRun()) != null;
    }

    void ended(Fact.FitEnded fact) {
        if (pythonSearches.foldEnded(fact)) {
            return;
        }
        FitRun fit = open.get(fact.fitId());
        if (fit == null || fit.info == null) {
            return;
        }
        fit.endTime = fact.time();
        models.add(fact.model(), fit.info);
        if (fit.ownRun) {
            lastStages.add(lastStage(fact.model()), fit.info);
        }
        String prefix = fit.isPythonRefit() && !fit.started.estimator().isPipeline()
                ? fit.started.estimator().name() + "."
                : "";
        List<Metric> metrics = reported(prefix, fact.values());
        metrics.addAll(TrainingMetrics.of(fact.model(), fact.time()));
        runs.logMetrics(fit.info, metrics);
        FeatureImportances importances = FeatureImportances.of(fact.model(), fact.featuresColumn());
        if (importances != null) {
            runs.logText(fit.info, "feature_importance.json", importances.json());
            runs.logText(fit.info, "feature_importance.svg", importances.svg());
        }
        if (fit.isPythonRefit()) {
            pythonSearches.refitted(fit.started.pythonSearch(), fit.started.estimator(), fact.time());
        } else if (fit.started.search() != null) {
            searched(fit, SearchResult.of(fit.started.search(), fact.model(), fact.foldMetrics()));
        }
        if (!fact.modelFollows()) {
            end(fact.fitId(), RunStatus.FINISHED);
        }
    }

    private static Transformer lastStage(Transformer model) {
        return model instanceof PipelineModel pipeline && pipeline.stages().length > 0
                ? pipeline.stages()[pipeline.stages().length - 1]
                : model;
    }

    void failed(Fact.FitFailed fact) {
        if (pythonSearches.foldFailed(fact)) {
            return;
        }
        FitRun fit = open.get(fact.fitId());
        if (fit != null && fit.info != null) {
            fit.endTime = fact.time();
            runs.logMetrics(fit.info, reported("", fact.values()));
        }
        end(fact.fitId(), RunStatus.FAILED);
    }

    /** Told again after an outage, it goes on where it was: the model's folder is gone once it is logged. */
    void modelSaved(Fact.ModelSaved fact) {
        FitRun fit = open.get(fact.fitId());
        RuntimeException refusal = null;
        while (fit != null && fit.info != null && fit.modelsTold < fact.models().size()) {
            Fact.SavedModel model = fact.models().get(fit.modelsTold);
            String registeredName = fit.modelsTold == 0
                    ? config.find(Setting.REGISTERED_MODEL_NAME).orElse(null)
                    : null;
            try {
                runs.logModel(fit.info, model.name(), model.folder(), registeredName);
            } catch (RuntimeException e) {
                if (mayBeToldAgain(e)) {
                    throw e;
                }
                refusal = e;
            }
            fit.modelsTold++;
        }
        fact.discard();
        end(fact.fitId(), RunStatus.FINISHED);
        if (refusal != null) {
            throw refusal;
        }
    }

    /** What was interrupted, because time is up, has not been refused. */
    private static boolean mayBeToldAgain(RuntimeException failure) {
        return failure instanceof StoreUnavailableException
                || (failure instanceof MlflowException e && e.errorCode() == ErrorCode.CANCELLED);
    }

    void modelLost(Fact.ModelLost fact) {
        end(fact.fitId(), RunStatus.FINISHED);
    }

    /** Ends what is still open when the application ends. */
    void applicationEnded(Fact.ApplicationEnded fact) {
        for (String fitId : List.copyOf(open.keySet())) {
            FitRun fit = open.get(fitId);
            boolean fitted = fit.endTime != null;
            fit.endTime = fitted ? fit.endTime : Long.valueOf(fact.time());
            end(fitId, fitted ? RunStatus.FINISHED : unfinished(fact.status()));
        }
        pythonSearches.applicationEnded(fact.time(), unfinished(fact.status()));
    }

    /** A fit without an end: it failed, or the application was killed in the middle of it. */
    private static RunStatus unfinished(RunStatus applicationStatus) {
        return applicationStatus == RunStatus.KILLED ? RunStatus.KILLED : RunStatus.FAILED;
    }

    private void end(String fitId, RunStatus status) {
        FitRun fit = open.get(fitId);
        if (fit != null && fit.info != null && fit.ownRun) {
            runs.end(fit.info, status, fit.endTime);
        }
        open.remove(fitId);
    }

    /** Writes what a search tried: a nested run for each candidate, and the best one's params. */
    private void searched(FitRun fit, SearchResult result) {
        if (result == null) {
            return;
        }
        SearchRecorder.record(runs, fit.info, fit.started.time(), fit.endTime, result, fit.candidates);
    }

    private static List<Metric> reported(String prefix, List<ReportedValue> values) {
        List<Metric> metrics = new ArrayList<>();
        for (ReportedValue value : values) {
            metrics.add(new Metric(
                    RunWriter.legalName(prefix + value.point().name()),
                    value.value(),
                    value.time(),
                    value.point().step()));
        }
        return metrics;
    }
}
