package io.sparkmlflow.listener;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.store.CreateRun;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes facts into runs: one run for the application, a nested one for each fit. Used by the sender's thread alone.
 *
 * <p>A fact may be told again after the store failed in the middle of it, so each step that makes something remembers it.
 */
final class RunRecorder {
    private static final String ONE_TRY = "0";

    private final MlflowConfig config;
    private MlflowClient client;
    private RunInfo applicationRun;
    private RunWriter runs;
    private FitRecorder fits;
    private DataRecorder data;
    private PythonSearchRecorder pythonSearches;
    private EvaluationRecorder evaluations;

    RunRecorder(MlflowConfig config) {
        // The sender repeats what fails, and must be able to give up when the application ends.
        this.config = config.with(Setting.HTTP_MAX_RETRIES, ONE_TRY);
    }

    /** Returns where this application is tracked, without credentials. */
    String trackingUri() {
        return MlflowClient.trackingUri(config);
    }

    /** Tells the store one fact. Throws if the store refuses it or does not answer. */
    void record(Fact fact) {
        if (fact instanceof Fact.ApplicationStarted started) {
            applicationStarted(started);
        } else if (fact instanceof Fact.DataUsed used) {
            data.used(used);
        } else if (fact instanceof Fact.FitStarted started) {
            fits.started(started);
        } else if (fact instanceof Fact.FitEnded ended) {
            fits.ended(ended);
        } else if (fact instanceof Fact.FitFailed failed) {
            fits.failed(failed);
        } else if (fact instanceof Fact.Evaluated evaluated) {
            if (!pythonSearches.evaluated(evaluated)) {
                evaluations.evaluated(evaluated);
            }
        } else if (fact instanceof Fact.ModelSaved saved) {
            fits.modelSaved(saved);
        } else if (fact instanceof Fact.ModelLost lost) {
            fits.modelLost(lost);
        } else if (fact instanceof Fact.ApplicationEnded ended) {
            applicationEnded(ended);
        }
    }

    void close() {
        if (client != null) {
            client.close();
        }
    }

    private void applicationStarted(Fact.ApplicationStarted fact) {
        if (client == null) {
            client = MlflowClient.open(config);
        }
        if (applicationRun == null) {
            Map<String, String> tags = new LinkedHashMap<>(fact.tags());
            tags.put(MlflowTags.USER, fact.user());
            String name = config.find(Setting.RUN_NAME).orElse(fact.name());
            applicationRun = client.tracking()
                    .createRun(new CreateRun(experimentId(), name, fact.user(), fact.time(), tags))
                    .info();
            runs = new RunWriter(client, applicationRun, Map.copyOf(tags));
            FittedModels<RunInfo> models = new FittedModels<>();
            pythonSearches = new PythonSearchRecorder(runs);
            data = new DataRecorder(config, runs);
            fits = new FitRecorder(config, runs, models, pythonSearches, data::read);
            evaluations = new EvaluationRecorder(config, runs, models);
        }
        runs.logParams(applicationRun, fact.params());
    }

    private String experimentId() {
        String name = config.find(Setting.EXPERIMENT_NAME).orElse(null);
        if (name == null) {
            return config.find(Setting.EXPERIMENT_ID).orElseThrow();
        }
        return client.tracking()
                .findExperimentByName(name)
                .map(Experiment::experimentId)
                .orElseGet(() -> client.tracking().createExperiment(name, null, Map.of()));
    }

    private void applicationEnded(Fact.ApplicationEnded fact) {
        fits.applicationEnded(fact);
        client.logBatch(applicationRun.runId(), fact.totals(), List.of(), List.of());
        client.tracking().updateRun(applicationRun.runId(), fact.status(), fact.time(), null);
    }
}
