package io.sparkmlflow.listener;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Writes fits into runs: nested in the application's, or the run that the user names. Used by the sender's thread alone. */
final class FitRecorder {
    private static final String MODEL_PATH = "model";

    private final MlflowConfig config;
    private final RunWriter runs;
    private final Consumer<List<DataSource>> sourcesRead;
    private final ModelRuns modelRuns;
    private final Map<String, FitRun> open = new HashMap<>();
    private final Set<String> targetRunsUsed = new HashSet<>();

    /** A fit's run while it is open. */
    private static final class FitRun {
        private final Fact.FitStarted started;
        private RunInfo info;
        private boolean ownRun;
        private Long endTime;
        private final List<RunInfo> candidates = new ArrayList<>();

        FitRun(Fact.FitStarted started) {
            this.started = started;
        }
    }

    FitRecorder(MlflowConfig config, RunWriter runs, ModelRuns modelRuns, Consumer<List<DataSource>> sourcesRead) {
        this.config = config;
        this.runs = runs;
        this.modelRuns = modelRuns;
        this.sourcesRead = sourcesRead;
    }

    void started(Fact.FitStarted fact) {
        FitRun fit = open.computeIfAbsent(fact.fitId(), id -> new FitRun(fact));
        if (fit.info == null) {
            openRun(fit);
        }
        runs.logParams(fit.info, fact.estimator().params());
        runs.logText(fit.info, "estimator_info.json", fact.estimator().infoJson());
        if (config.isOn(Setting.AUTOLOG_DATASETS) && fact.dataset() != null) {
            List<DataSource> sources =
                    DataSource.of(fact.dataset().queryExecution().analyzed());
            runs.logInput(fit.info, TrainingDataset.of(fact.dataset(), sources), "train");
            sourcesRead.accept(sources);
        }
    }

    /**
     * The first fit that a user sends to a run is logged to that run itself, as Python's autolog does with an active run. Later
     * ones have other values for the same params, so they are nested in it.
     */
    private void openRun(FitRun fit) {
        Fact.FitStarted fact = fit.started;
        RunInfo parent = runs.application();
        if (fact.targetRun() != null) {
            RunInfo target = runs.client().tracking().getRun(fact.targetRun()).info();
            if (targetRunsUsed.add(target.runId())) {
                RunWriter.estimatorTags(fact.estimator())
                        .forEach((key, value) -> runs.client().tracking().setTag(target.runId(), new Tag(key, value)));
                fit.info = target;
                return;
            }
            parent = target;
        }
        fit.ownRun = true;
        fit.info = runs.createFit(parent, fact.estimator().name(), fact.time(), fact.estimator());
    }

    void ended(Fact.FitEnded fact) {
        FitRun fit = open.get(fact.fitId());
        if (fit == null || fit.info == null) {
            return;
        }
        fit.endTime = fact.time();
        modelRuns.add(fact.model(), fit.info);
        List<Metric> metrics = reported(fact.values());
        metrics.addAll(TrainingMetrics.of(fact.model(), fact.time()));
        runs.logMetrics(fit.info, metrics);
        if (fit.started.search() != null) {
            searched(fit, SearchResult.of(fit.started.search(), fact.model(), fact.foldMetrics()));
        }
        if (!fact.modelFollows()) {
            end(fact.fitId(), RunStatus.FINISHED);
        }
    }

    void failed(Fact.FitFailed fact) {
        FitRun fit = open.get(fact.fitId());
        if (fit != null && fit.info != null) {
            fit.endTime = fact.time();
            runs.logMetrics(fit.info, reported(fact.values()));
        }
        end(fact.fitId(), RunStatus.FAILED);
    }

    void modelSaved(Fact.ModelSaved fact) {
        FitRun fit = open.get(fact.fitId());
        boolean toBeRepeated = false;
        try {
            if (fit != null && fit.info != null) {
                String registeredName =
                        config.find(Setting.REGISTERED_MODEL_NAME).orElse(null);
                SparkFlavor.log(runs.client(), fit.info.runId(), MODEL_PATH, fact.folder(), registeredName);
            }
        } catch (StoreUnavailableException e) {
            toBeRepeated = true;
            throw e;
        } finally {
            if (!toBeRepeated) {
                fact.discard();
                end(fact.fitId(), RunStatus.FINISHED);
            }
        }
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

    private static List<Metric> reported(List<ReportedValue> values) {
        List<Metric> metrics = new ArrayList<>();
        for (ReportedValue value : values) {
            metrics.add(new Metric(
                    RunWriter.legalName(value.point().name()),
                    value.value(),
                    value.time(),
                    value.point().step()));
        }
        return metrics;
    }
}
