package io.sparkmlflow;

import java.util.Map;

/**
 * How {@link Mlflow#startRun(StartRun)} starts a run: the arguments of Python's {@code mlflow.start_run}, but for
 * {@code log_system_metrics}, which there is none of on the JVM: Spark's own metrics say more of a cluster than one machine's load.
 *
 * @param runId a run to go on with, or {@code null} for a new one (or the one that {@code MLFLOW_RUN_ID} names)
 * @param experimentId the new run's experiment; {@code null} for the active one
 * @param runName {@code null} lets the store invent one
 * @param nested whether a run may be active already, which then is the parent
 * @param parentRunId the parent, or {@code null}; must be the active run if there is one
 * @param tags more tags of the run
 * @param description a text in Markdown, or {@code null}
 */
public record StartRun(
        String runId,
        String experimentId,
        String runName,
        boolean nested,
        String parentRunId,
        Map<String, String> tags,
        String description) {
    public StartRun {
        tags = Map.copyOf(tags);
    }

    /** Starts a new run in the active experiment. */
    public static StartRun anew() {
        return new StartRun(null, null, null, false, null, Map.of(), null);
    }

    /** Goes on with a run. */
    public static StartRun existing(String runId) {
        return new StartRun(runId, null, null, false, null, Map.of(), null);
    }

    /** Returns the same with an experiment of its own. */
    public StartRun withExperimentId(String experimentId) {
        return new StartRun(runId, experimentId, runName, nested, parentRunId, tags, description);
    }

    /** Returns the same with a name. */
    public StartRun withRunName(String runName) {
        return new StartRun(runId, experimentId, runName, nested, parentRunId, tags, description);
    }

    /** Returns the same, nested in the active run. */
    public StartRun asNested() {
        return new StartRun(runId, experimentId, runName, true, parentRunId, tags, description);
    }

    /** Returns the same, nested in a run. */
    public StartRun withParentRunId(String parentRunId) {
        return new StartRun(runId, experimentId, runName, nested, parentRunId, tags, description);
    }

    /** Returns the same with tags. */
    public StartRun withTags(Map<String, String> tags) {
        return new StartRun(runId, experimentId, runName, nested, parentRunId, tags, description);
    }

    /** Returns the same with a description. */
    public StartRun withDescription(String description) {
        return new StartRun(runId, experimentId, runName, nested, parentRunId, tags, description);
    }
}
