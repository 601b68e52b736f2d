package io.sparkmlflow.listener;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.RunContext;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.listener.delivery.Delivery;
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
    private final Delivery delivery;
    private final MlflowClient client;
    private Map<String, String> tags;
    private ApplicationRun application;
    private RunInfo applicationRun;
    private RunWriter runs;
    private FitRecorder fits;
    private PythonSearchRecorder pythonSearches;
    private EvaluationRecorder evaluations;

    RunRecorder(MlflowConfig config) {
        // The sender repeats what fails, and must be able to give up when the application ends.
        this.config = config.with(Setting.HTTP_MAX_RETRIES, ONE_TRY);
        this.delivery = new Delivery(this.config);
        this.client = delivery.client();
    }

    /** Returns where this application is tracked, without credentials. */
    String trackingUri() {
        return MlflowClient.trackingUri(config);
    }

    /** Returns the way to the store. */
    Delivery delivery() {
        return delivery;
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
        } else if (fact instanceof Fact.TagsFound found) {
            application.tag(client, found.tags());
        } else if (fact instanceof Fact.MetricsSampled sampled) {
            runs.logMetrics(applicationRun, sampled.points());
        } else if (fact instanceof Fact.ApplicationEnded ended) {
            applicationEnded(ended);
        }
    }

    /** Gives the application's run another status, after {@link #close()}. */
    void correct(RunStatus status) {
        if (application != null && application.isOwn()) {
            delivery.correct(applicationRun, status);
        }
    }

    void close() {
        delivery.close();
    }

    private void applicationStarted(Fact.ApplicationStarted fact) {
        if (application == null) {
            application = ApplicationRun.open(client, config, fact, tagsOf(fact));
            applicationRun = application.info();
            runs = new RunWriter(delivery, applicationRun, application.tags());
            FittedModels<RunInfo> models = new FittedModels<>();
            pythonSearches = new PythonSearchRecorder(runs);
            fits = new FitRecorder(config, runs, models, pythonSearches, this::dataRead);
            evaluations = new EvaluationRecorder(config, runs, models);
        }
        runs.logParams(applicationRun, fact.params());
    }

    /** What the environment says wins. The same each time this is asked, or a lost answer would make a second run. */
    private Map<String, String> tagsOf(Fact.ApplicationStarted fact) {
        if (tags == null) {
            tags = new LinkedHashMap<>(fact.tags());
            tags.putIfAbsent(MlflowTags.USER, fact.user());
            tags.putAll(RunContext.around(tags.get(MlflowTags.SOURCE_NAME)).checkoutTags());
            tags.putAll(RunContext.configuredTags(config));
        }
        return tags;
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
        application.end(client, fact.status(), fact.time());
    }
}
