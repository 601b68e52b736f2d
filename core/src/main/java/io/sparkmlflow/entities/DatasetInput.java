package io.sparkmlflow.entities;

import java.util.Map;

/**
 * A dataset that a run used.
 *
 * @param tags {@link MlflowTags#DATASET_CONTEXT} says what for: {@code train}, {@code eval}, {@code read}, …
 */
public record DatasetInput(Dataset dataset, Map<String, String> tags) {
    public DatasetInput {
        tags = Map.copyOf(tags);
    }
}
