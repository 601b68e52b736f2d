package io.sparkmlflow.mllib;

import io.sparkmlflow.entities.ModelVersion;

/**
 * A model that was logged.
 *
 * @param modelUri {@code runs:/<run>/<artifact path>}
 * @param version the registered version, or {@code null} if the model was not registered
 */
public record ModelInfo(String modelUri, ModelVersion version) {}
