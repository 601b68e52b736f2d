package io.sparkmlflow.listener;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateRun;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes facts into runs: one run for the application, a nested one for each fit. Used by the sender's thread alone.
 *
 * <p>A fact may be told again after the store failed in the middle of it, so each step that makes something remembers it.
 */
final class RunRecorder {
    private static final String DATASOURCE_TAG = "sparkDatasourceInfo";
    private static final int MAX_TAG_LENGTH = 8000;
    private static final String ONE_TRY = "0";

    private final MlflowConfig config;
    private final Set<DataSource> sourcesSeen = new HashSet<>();
    private final Set<String> sourceLines = new LinkedHashSet<>();
    private MlflowClient client;
    private RunInfo applicationRun;
    private RunWriter runs;
    private FitRecorder fits;
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
        } else if (fact instanceof Fact.QueryEnded query) {
            dataRead(DataSource.of(query.execution().analyzed()));
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
        } else if (fact instanceof Fact.MetricsSampled sampled) {
            runs.logMetrics(applicationRun, sampled.points());
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
            fits = new FitRecorder(config, runs, models, pythonSearches, this::dataRead);
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

    private void dataRead(List<DataSource> sources) {
        if (!config.isOn(Setting.AUTOLOG_DATASETS)) {
            return;
        }
        List<DataSource> unseen = sources.stream()
                .filter(source -> !sourcesSeen.contains(source))
                .distinct()
                .toList();
        if (unseen.isEmpty()) {
            return;
        }
        client.tracking()
                .logInputs(
                        applicationRun.runId(),
                        unseen.stream()
                                .map(source -> new DatasetInput(
                                        source.toDataset(), Map.of(MlflowTags.DATASET_CONTEXT, "read")))
                                .toList());
        unseen.forEach(source -> sourceLines.add(source.tagLine()));
        String lines = String.join("\n", sourceLines);
        client.tracking()
                .setTag(
                        applicationRun.runId(),
                        new Tag(DATASOURCE_TAG, lines.substring(0, Math.min(lines.length(), MAX_TAG_LENGTH))));
        sourcesSeen.addAll(unseen);
    }

    private void applicationEnded(Fact.ApplicationEnded fact) {
        fits.applicationEnded(fact);
        client.logBatch(applicationRun.runId(), fact.totals(), List.of(), List.of());
        client.tracking().updateRun(applicationRun.runId(), fact.status(), fact.time(), null);
    }
}
