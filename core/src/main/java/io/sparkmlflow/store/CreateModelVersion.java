package io.sparkmlflow.store;

import java.util.Map;

/**
 * What a model version starts with.
 *
 * @param source where the model's files are: a path inside a run's artifacts, or an artifact URI
 * @param runId the run that made it, or {@code null}
 * @param modelId the logged model that it is, or {@code null}
 */
public record CreateModelVersion(
        String name,
        String source,
        String runId,
        String modelId,
        String runLink,
        String description,
        Map<String, String> tags) {
    public CreateModelVersion {
        tags = Map.copyOf(tags);
    }
}
