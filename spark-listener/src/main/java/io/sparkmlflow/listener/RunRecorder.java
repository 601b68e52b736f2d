package io.sparkmlflow.listener;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.RunContext;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.listener.delivery.Delivery;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Writes facts into runs: one run for the application, a nested one for each fit and each streaming query. Used by the sender's thread alone.
 *
 * <p>A fact may be told again after the store failed in the middle of it, so each step that makes something remembers it.
 */
final class RunRecorder {
    /** The tag that says after which error nothing more was tracked. */
    static final String STOPPED = "spark.mlflow.stopped";

    private static final String ONE_TRY = "0";

    private final MlflowConfig config;
    private final Delivery delivery;
    private final MlflowClient client;
    private final Warnings warnings = Warnings.ofThisApplication();
    private Map<String, String> tags;
    private ApplicationRun application;
    private RunInfo applicationRun;
    private RunWriter runs;
    private TargetRuns targets;
    private FitRecorder fits;
    private DataRecorder data;
    private StreamRecorder streams;
    private PythonSearchRecorder pythonSearches;
    private EvaluationRecorder evaluations;

    /** @param stores opens the tracking store that a configuration names */
    RunRecorder(MlflowConfig config, Function<MlflowConfig, MlflowClient> stores) {
        // The sender repeats what fails, and must be able to give up when the application ends.
        this.config = config.with(Setting.HTTP_MAX_RETRIES, ONE_TRY);
        this.delivery = new Delivery(this.config, stores);
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
        } else if (fact instanceof Fact.DataUsed used) {
            if (used.queryRun() == null) {
                data.used(used);
            } else {
                streams.used(used);
            }
        } else if (fact instanceof Fact.StreamProgressed progressed) {
            streams.progressed(progressed);
        } else if (fact instanceof Fact.StreamStarted started) {
            streams.started(started);
        } else if (fact instanceof Fact.StreamDescribed described) {
            streams.described(described);
        } else if (fact instanceof Fact.StreamEnded ended) {
            streams.ended(ended);
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
        } else if (fact instanceof Fact.SessionStarted started) {
            targets.started(started);
        } else if (fact instanceof Fact.SessionEnded ended) {
            targets.ended(ended);
        } else if (fact instanceof Fact.TagsFound found) {
            application.tag(client, found.tags());
        } else if (fact instanceof Fact.MetricsSampled sampled) {
            runs.logMetrics(applicationRun, sampled.points());
        } else if (fact instanceof Fact.ApplicationEnded ended) {
            applicationEnded(ended);
        }
    }

    /** Returns whether there is a run of this application. */
    boolean hasRun() {
        return application != null;
    }

    /**
     * Ends the application's run after an error that ended all else, and what is open below it as far as that is still possible.
     *
     * @param error what was thrown
     */
    void endAfterError(Fact.ApplicationEnded fact, String error) {
        application.end(client, fact.status(), fact.time());
        application.tag(client, Map.of(STOPPED, error));
        applicationEnded(fact);
    }

    /** Gives the application's run another status, after {@link #close()}. */
    void correct(RunStatus status) {
        if (application != null && application.isOwn()) {
            delivery.correct(applicationRun, status);
        }
        if (streams != null) {
            streams.endedWithApplication().forEach(run -> delivery.correct(run, status));
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
            targets = new TargetRuns(runs);
            data = new DataRecorder(config, runs, targets, warnings);
            streams = new StreamRecorder(runs, targets, data);
            fits = new FitRecorder(config, runs, targets, models, pythonSearches, streams, data::read);
            evaluations = new EvaluationRecorder(config, runs, targets, models, streams);
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
            tags.putAll(ExtraTags.of(config));
        }
        return tags;
    }

    private void applicationEnded(Fact.ApplicationEnded fact) {
        fits.applicationEnded(fact);
        streams.applicationEnded(fact.status(), fact.time());
        targets.applicationEnded(fact.status(), fact.time());
        client.logBatch(applicationRun.runId(), fact.totals(), List.of(), List.of());
        application.end(client, fact.status(), fact.time());
    }
}
