package io.sparkmlflow.mllib;

import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.model.ModelSignature;

/**
 * A model that was logged.
 *
 * @param modelUri {@code runs:/<run>/<artifact path>}, or {@code models:/m-…} if it is a logged model only
 * @param runId the run that it was logged to
 * @param artifactPath the name that it was logged under
 * @param modelId the logged model of MLflow 3, {@code m-…}, or {@code null} if there is none
 * @param signature what it takes and gives, or {@code null} if its {@code MLmodel} does not say
 * @param version the registered version, or {@code null} if the model was not registered
 */
public record ModelInfo(
        String modelUri,
        String runId,
        String artifactPath,
        String modelId,
        ModelSignature signature,
        ModelVersion version) {}
