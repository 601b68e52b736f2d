package io.sparkmlflow.mllib;

import io.sparkmlflow.model.ModelSignature;
import org.apache.spark.ml.PipelineModel;

/**
 * A model that was loaded.
 *
 * @param modelUri the URI it was asked for by
 * @param signature what its {@code MLmodel} says it takes and gives, or {@code null} if it does not say
 */
public record LoadedModel(PipelineModel model, String modelUri, ModelSignature signature) {}
