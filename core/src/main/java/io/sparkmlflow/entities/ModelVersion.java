package io.sparkmlflow.entities;

import java.util.List;
import java.util.Map;

/**
 * A version of a registered model.
 *
 * @param version counts from 1 without gaps at creation
 * @param currentStage {@code None}, {@code Staging}, {@code Production} or {@code Archived} (deprecated by MLflow)
 * @param source where the model's files were when it was registered
 * @param runId the run that made it, or {@code null}
 * @param status {@code READY}, {@code PENDING_REGISTRATION} or {@code FAILED_REGISTRATION}
 */
public record ModelVersion(
        String name,
        int version,
        long creationTimestamp,
        long lastUpdatedTimestamp,
        String description,
        String userId,
        String currentStage,
        String source,
        String runId,
        String status,
        String statusMessage,
        String runLink,
        List<String> aliases,
        Map<String, String> tags) {
    public ModelVersion {
        aliases = List.copyOf(aliases);
        tags = Map.copyOf(tags);
    }
}
