package io.sparkmlflow.listener;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.StoreUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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
    private static final String MODEL_PATH = "model";
    private static final int MAX_TAG_LENGTH = 8000;
    private static final String ONE_TRY = "0";

    private final MlflowConfig config;
    private final Map<String, FitRun> fitRuns = new HashMap<>();
    private final Set<DataSource> sourcesSeen = new HashSet<>();
    private final Set<String> sourceLines = new LinkedHashSet<>();
    private MlflowClient client;
    private RunInfo applicationRun;
    private Map<String, String> inheritedTags = Map.of();

    /** A fit's run while it is open. */
    private static final class FitRun {
        private RunInfo info;
        private Long endTime;
    }

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
            fitStarted(started);
        } else if (fact instanceof Fact.FitEnded ended) {
            fitEnded(ended);
        } else if (fact instanceof Fact.ModelSaved saved) {
            modelSaved(saved);
        } else if (fact instanceof Fact.ModelLost lost) {
            endFit(lost.fitId(), RunStatus.FINISHED);
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
            inheritedTags = Map.copyOf(tags);
            String name = config.find(Setting.RUN_NAME).orElse(fact.name());
            applicationRun = client.tracking()
                    .createRun(new CreateRun(experimentId(), name, fact.user(), fact.time(), tags))
                    .info();
        }
        client.logBatch(applicationRun.runId(), List.of(), params(fact.params()), List.of());
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

    private void fitStarted(Fact.FitStarted fact) {
        FitRun fit = fitRuns.computeIfAbsent(fact.fitId(), id -> new FitRun());
        if (fit.info == null) {
            Map<String, String> tags = new LinkedHashMap<>(inheritedTags);
            tags.put(MlflowTags.PARENT_RUN_ID, applicationRun.runId());
            tags.put(MlflowTags.AUTOLOGGING, "pyspark.ml");
            tags.put("estimator_name", fact.estimator().name());
            tags.put("estimator_class", fact.estimator().className());
            Run run = client.tracking()
                    .createRun(new CreateRun(
                            applicationRun.experimentId(),
                            fact.estimator().name(),
                            inheritedTags.get(MlflowTags.USER),
                            fact.time(),
                            tags));
            fit.info = run.info();
        }
        client.logBatch(fit.info.runId(), List.of(), params(fact.estimator().params()), List.of());
        logText(fit.info, "estimator_info.json", fact.estimator().infoJson());
        if (config.isOn(Setting.AUTOLOG_DATASETS)) {
            List<DataSource> sources =
                    DataSource.of(fact.dataset().queryExecution().analyzed());
            client.tracking()
                    .logInputs(
                            fit.info.runId(),
                            List.of(new DatasetInput(
                                    TrainingDataset.of(fact.dataset(), sources),
                                    Map.of(MlflowTags.DATASET_CONTEXT, "train"))));
            dataRead(sources);
        }
    }

    private void fitEnded(Fact.FitEnded fact) {
        FitRun fit = fitRuns.get(fact.fitId());
        if (fit == null || fit.info == null) {
            return;
        }
        fit.endTime = fact.time();
        client.logBatch(fit.info.runId(), TrainingMetrics.of(fact.model(), fact.time()), List.of(), List.of());
        if (!fact.modelFollows()) {
            endFit(fact.fitId(), RunStatus.FINISHED);
        }
    }

    private void modelSaved(Fact.ModelSaved fact) {
        FitRun fit = fitRuns.get(fact.fitId());
        boolean toBeRepeated = false;
        try {
            if (fit != null && fit.info != null) {
                String registeredName =
                        config.find(Setting.REGISTERED_MODEL_NAME).orElse(null);
                SparkFlavor.log(client, fit.info.runId(), MODEL_PATH, fact.folder(), registeredName);
            }
        } catch (StoreUnavailableException e) {
            toBeRepeated = true;
            throw e;
        } finally {
            if (!toBeRepeated) {
                fact.discard();
                endFit(fact.fitId(), RunStatus.FINISHED);
            }
        }
    }

    private void endFit(String fitId, RunStatus status) {
        FitRun fit = fitRuns.get(fitId);
        if (fit != null && fit.info != null) {
            client.tracking().updateRun(fit.info.runId(), status, fit.endTime, null);
        }
        fitRuns.remove(fitId);
    }

    private void applicationEnded(Fact.ApplicationEnded fact) {
        for (String fitId : List.copyOf(fitRuns.keySet())) {
            FitRun fit = fitRuns.get(fitId);
            boolean fitted = fit.endTime != null;
            fit.endTime = fitted ? fit.endTime : Long.valueOf(fact.time());
            endFit(fitId, fitted ? RunStatus.FINISHED : unfinished(fact.status()));
        }
        client.logBatch(applicationRun.runId(), fact.totals(), List.of(), List.of());
        client.tracking().updateRun(applicationRun.runId(), fact.status(), fact.time(), null);
    }

    /** A fit without an end: it failed, or the application was killed in the middle of it. */
    private static RunStatus unfinished(RunStatus applicationStatus) {
        return applicationStatus == RunStatus.KILLED ? RunStatus.KILLED : RunStatus.FAILED;
    }

    private void logText(RunInfo run, String fileName, String text) {
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

    private static List<Param> params(Map<String, String> values) {
        List<Param> params = new ArrayList<>();
        values.forEach((key, value) -> params.add(new Param(key.replaceAll("[^/\\w.\\- :]", "_"), value)));
        return params;
    }
}
