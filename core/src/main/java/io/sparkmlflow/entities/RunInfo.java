package io.sparkmlflow.entities;

/**
 * What identifies a run and where it stands.
 *
 * @param runId 32 hexadecimal digits
 * @param userId who started it; may be empty
 * @param startTime milliseconds since the epoch
 * @param endTime milliseconds since the epoch, or {@code null} while it runs
 * @param artifactUri the root of its artifacts: a path, or a URI such as {@code mlflow-artifacts:/0/<run>/artifacts}
 */
public record RunInfo(
        String runId,
        String runName,
        String experimentId,
        String userId,
        RunStatus status,
        long startTime,
        Long endTime,
        LifecycleStage lifecycleStage,
        String artifactUri) {}
