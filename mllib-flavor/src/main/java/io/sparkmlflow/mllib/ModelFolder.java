package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.TemporaryFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.SparkSession;

/** Writes the folder of a model, as Python's {@code mlflow.spark.save_model} does. */
final class ModelFolder {
    private final SparkSession spark;
    private final Transformer model;
    private final ModelOptions options;

    ModelFolder(SparkSession spark, Transformer model, ModelOptions options) {
        this.spark = spark;
        this.model = model;
        this.options = options;
    }

    /** Writes it to a local path where nothing is, or an empty folder; it appears there only when it is complete. */
    void write(Path folder, String dfsTmpDir) {
        PipelineModel pipeline = writable(model);
        Path partial = folder.resolveSibling("." + folder.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            requireFree(folder);
            Files.createDirectories(partial);
            ModelDescription description = ModelDescription.write(spark, model, options, partial);
            long size = SparkMlFiles.writeLocally(spark, pipeline, partial.resolve(SparkFlavor.MODEL_DATA), dfsTmpDir);
            description.complete(size).write(partial);
            Files.move(partial, folder, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR, "Cannot write the model's folder " + folder + ": " + e.getMessage(), e);
        } finally {
            TemporaryFolders.delete(partial);
        }
    }

    /** Returns a model as a pipeline of which every stage can be written. */
    static PipelineModel writable(Transformer model) {
        PipelineModel pipeline = model instanceof PipelineModel already
                ? already
                : new PipelineModel(
                        "PipelineModel_" + UUID.randomUUID().toString().substring(24), new Transformer[] {model});
        WritableStages.require(pipeline);
        return pipeline;
    }

    private static void requireFree(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isEmpty()) {
                    return;
                }
            }
        }
        if (Files.exists(folder)) {
            throw MlflowException.invalidParameter(
                    "The path '" + folder + "' exists and is not empty: a model needs a folder of its own");
        }
    }
}
