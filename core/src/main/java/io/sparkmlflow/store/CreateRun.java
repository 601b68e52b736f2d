package io.sparkmlflow.store;

import java.util.Map;

/**
 * What a run starts with.
 *
 * @param runName {@code null} lets the store invent one
 * @param userId may be {@code null}
 * @param startTime milliseconds since the epoch
 */
public record CreateRun(String experimentId, String runName, String userId, long startTime, Map<String, String> tags) {
    public CreateRun {
        tags = Map.copyOf(tags);
    }
}
