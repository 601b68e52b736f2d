package io.sparkmlflow.entities;

import java.util.Map;

/**
 * An experiment: a named group of runs.
 *
 * @param experimentId a small integer in SQL stores, an opaque string elsewhere
 * @param artifactLocation where runs of this experiment put their artifacts unless told otherwise
 * @param creationTime milliseconds since the epoch
 * @param lastUpdateTime milliseconds since the epoch
 */
public record Experiment(
        String experimentId,
        String name,
        String artifactLocation,
        LifecycleStage lifecycleStage,
        long creationTime,
        long lastUpdateTime,
        Map<String, String> tags) {
    public Experiment {
        tags = Map.copyOf(tags);
    }
}
