package io.sparkmlflow.entities;

import java.util.List;
import java.util.Map;

/**
 * A registered model.
 *
 * @param aliases version by alias
 * @param latestVersions the newest version of each stage
 */
public record RegisteredModel(
        String name,
        long creationTimestamp,
        long lastUpdatedTimestamp,
        String description,
        Map<String, String> tags,
        Map<String, Integer> aliases,
        List<ModelVersion> latestVersions) {
    public RegisteredModel {
        tags = Map.copyOf(tags);
        aliases = Map.copyOf(aliases);
        latestVersions = List.copyOf(latestVersions);
    }
}
