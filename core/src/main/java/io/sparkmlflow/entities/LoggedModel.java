package io.sparkmlflow.entities;

import java.util.List;
import java.util.Map;

/**
 * A model of MLflow 3: an entity of an experiment, with its own artifacts, params, tags and metrics.
 *
 * @param modelId {@code m-} and 32 hexadecimal digits
 * @param artifactUri where its files are
 * @param sourceRunId the run that made it, or {@code null}
 * @param statusMessage why it failed, or {@code null}
 */
public record LoggedModel(
        String modelId,
        String experimentId,
        String name,
        String artifactUri,
        long creationTimestamp,
        long lastUpdatedTimestamp,
        LoggedModelStatus status,
        String modelType,
        String sourceRunId,
        String statusMessage,
        Map<String, String> params,
        Map<String, String> tags,
        List<Metric> metrics) {
    public LoggedModel {
        params = Map.copyOf(params);
        tags = Map.copyOf(tags);
        metrics = List.copyOf(metrics);
    }
}
