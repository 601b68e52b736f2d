package io.sparkmlflow.store;

import java.util.Map;

/**
 * What a logged model starts with.
 *
 * @param name without {@code / : . % " '}; {@code null} lets the store invent one
 * @param modelType free text, or {@code null}
 * @param sourceRunId the run that makes it, or {@code null}
 */
public record CreateLoggedModel(
        String experimentId,
        String name,
        String modelType,
        String sourceRunId,
        Map<String, String> params,
        Map<String, String> tags) {
    public CreateLoggedModel {
        params = Map.copyOf(params);
        tags = Map.copyOf(tags);
    }
}
