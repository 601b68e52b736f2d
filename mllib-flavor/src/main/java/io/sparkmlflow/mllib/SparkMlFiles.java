package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@code sparkml} folder: what Spark itself writes and reads, on its way to a local folder. */
final class SparkMlFiles {
    private static final Logger LOG = LoggerFactory.getLogger(SparkMlFiles.class);

    private SparkMlFiles() {}

    /**
     * Writes a pipeline into a local folder.
     *
     * <p>Executors write the files. If the cluster's default file system is local they can do so straight into the folder;
     * else the files go through {@code dfsTmpDir} on that file system.
     */
    static void write(SparkSession spark, PipelineModel model, Path folder, String dfsTmpDir) throws IOException {
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        FileSystem defaultFs = FileSystem.get(hadoop);
        if ("file".equals(defaultFs.getUri().getScheme())) {
            // Not the URI's text: Hadoop takes percent escapes as they are.
            save(spark, model, new org.apache.hadoop.fs.Path(folder.toUri()).toString());
        } else {
            org.apache.hadoop.fs.Path shared = defaultFs.makeQualified(
                    new org.apache.hadoop.fs.Path(dfsTmpDir, UUID.randomUUID().toString()));
            try {
                save(spark, model, shared.toString());
                defaultFs.copyToLocalFile(false, shared, new org.apache.hadoop.fs.Path(folder.toUri()), false);
            } finally {
                delete(defaultFs, shared);
            }
        }
        requireMetadata(
                folder,
                "The executors wrote the model " + model.uid()
                        + " to disks of their own: set spark.mlflow.dfsTmpDir to a folder that driver and executors share");
    }

    /** Lets Spark write. Scala code, and other libraries' writers, throw checked exceptions that they do not declare. */
    private static void save(SparkSession spark, PipelineModel model, String uri) {
        try {
            model.write().session(spark).save(uri);
        } catch (UnsupportedOperationException e) {
            throw new MlflowException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "The model " + model.uid() + " cannot be saved: " + e.getMessage(),
                    e);
        } catch (Exception | LinkageError e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "Spark cannot write the model " + model.uid() + " to " + uri + ": " + LoadFailure.reason(e),
                    e);
        }
    }

    /** What stays there is only in the way; what failed before is what the caller shall see. */
    private static void delete(FileSystem fileSystem, org.apache.hadoop.fs.Path folder) {
        try {
            fileSystem.delete(folder, true);
        } catch (IOException e) {
            LOG.warn("Cannot delete the model's temporary folder {}: {}", folder, e.getMessage());
        }
    }

    private static void requireMetadata(Path folder, String otherwise) throws IOException {
        Path metadata = folder.resolve("metadata");
        if (Files.isDirectory(metadata)) {
            try (Stream<Path> files = Files.list(metadata)) {
                if (files.anyMatch(file -> file.getFileName().toString().startsWith("part-"))) {
                    return;
                }
            }
        }
        throw new MlflowException(ErrorCode.DATA_LOSS, otherwise + " (there is no part file in " + metadata + ")");
    }
}
