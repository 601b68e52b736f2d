package io.sparkmlflow.listener;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.LifecycleStage;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateRun;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The run of an application: one of its own, or the one that {@code MLFLOW_RUN_ID} names.
 *
 * <p>A run that is joined belongs to whoever made it ({@code mlflow run}, a Python program, a job's other tasks): it keeps its
 * name, its tags and its status, and is not ended here. A second Spark application in the same run has other values for the
 * same params, so its run is nested in it.
 *
 * @param tags what the application says of itself, for its nested runs too
 * @param isOwn whether its status is ours to set
 */
record ApplicationRun(RunInfo info, Map<String, String> tags, boolean isOwn) {
    /** Every Spark application's run has this param. */
    private static final String FIRST_PARAM = "spark.version";

    private static final Logger LOG = LoggerFactory.getLogger(ApplicationRun.class);

    static ApplicationRun open(
            MlflowClient client, MlflowConfig config, Fact.ApplicationStarted fact, Map<String, String> tags) {
        Run joined = config.find(Setting.RUN_ID).map(id -> find(client, id)).orElse(null);
        if (joined == null) {
            return create(client, config, fact, tags, experimentId(client, config));
        }
        if (joined.data().params().containsKey(FIRST_PARAM)) {
            Map<String, String> nested = new LinkedHashMap<>(tags);
            nested.put(MlflowTags.PARENT_RUN_ID, joined.info().runId());
            return create(client, config, fact, nested, joined.info().experimentId());
        }
        Map<String, String> missing = new LinkedHashMap<>(tags);
        missing.keySet().removeAll(joined.data().tags().keySet());
        missing.keySet().removeAll(ExtraTags.of(config).keySet());
        client.logBatch(joined.info().runId(), List.of(), List.of(), asList(missing));
        return new ApplicationRun(joined.info(), Map.copyOf(tags), false);
    }

    private static ApplicationRun create(
            MlflowClient client,
            MlflowConfig config,
            Fact.ApplicationStarted fact,
            Map<String, String> tags,
            String experimentId) {
        String name = config.find(Setting.RUN_NAME).orElse(fact.name());
        RunInfo info = client.tracking()
                .createRun(new CreateRun(experimentId, name, fact.user(), fact.time(), tags))
                .info();
        return new ApplicationRun(info, Map.copyOf(tags), true);
    }

    private static Run find(MlflowClient client, String runId) {
        try {
            Run run = client.tracking().getRun(runId);
            if (run.info().lifecycleStage() == LifecycleStage.ACTIVE) {
                return run;
            }
            sayNotJoined(runId, "it is deleted");
        } catch (MlflowException e) {
            if (!ErrorCode.RESOURCE_DOES_NOT_EXIST.equals(e.errorCode())) {
                throw e;
            }
            sayNotJoined(runId, "the tracking store has none of that id");
        }
        return null;
    }

    private static void sayNotJoined(String runId, String reason) {
        LOG.warn(
                "The run '{}' that MLFLOW_RUN_ID names is not joined: {}. This application gets a run of its own",
                runId,
                reason);
    }

    private static String experimentId(MlflowClient client, MlflowConfig config) {
        String name = config.find(Setting.EXPERIMENT_NAME).orElse(null);
        return name == null ? config.find(Setting.EXPERIMENT_ID).orElseThrow() : client.ensureExperiment(name);
    }

    private static List<Tag> asList(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(tag -> new Tag(tag.getKey(), tag.getValue()))
                .toList();
    }

    /** Adds tags, or gives them other values. */
    void tag(MlflowClient client, Map<String, String> more) {
        client.logBatch(info.runId(), List.of(), List.of(), asList(more));
    }

    /** @param time milliseconds since the epoch */
    void end(MlflowClient client, RunStatus status, long time) {
        if (isOwn) {
            client.tracking().updateRun(info.runId(), status, time, null);
        }
    }
}
