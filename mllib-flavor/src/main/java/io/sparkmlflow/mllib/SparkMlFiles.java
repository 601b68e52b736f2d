package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.Setting;
import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@code sparkml} folder: what Spark itself writes and reads. */
final class SparkMlFiles {
    private static final Logger LOG = LoggerFactory.getLogger(SparkMlFiles.class);

    private SparkMlFiles() {}

    /**
     * Lets Spark write a pipeline to where it stays. Executors write the files; one listing sees that all are there.
     *
     * @param uri a folder that does not exist yet, as Hadoop takes it
     * @return the bytes of all files
     * @throws MlflowException in one sentence, if Spark cannot write there
     */
    static long write(SparkSession spark, PipelineModel model, String uri) throws IOException {
        save(spark, model, uri);
        SparkMlFolder written = SparkMlFolder.list(spark.sparkContext().hadoopConfiguration(), uri, model.uid());
        if (!written.hasMetadata()) {
            throw new MlflowException(
                    ErrorCode.DATA_LOSS,
                    "The executors wrote the model " + model.uid()
                            + " to disks of their own (the driver finds no part file in "
                            + uri
                            + "/metadata): set spark.mlflow.dfsTmpDir, or the artifact location, to a folder that driver"
                            + " and executors share");
        }
        written.requireWhole();
        return written.size();
    }

    /**
     * Writes a pipeline into a local folder: straight if the cluster's file system is this disk, else through a temporary
     * folder of the file system that {@code dfsTmpDir} names.
     *
     * @return the bytes of all files
     */
    static long writeLocally(SparkSession spark, PipelineModel model, java.nio.file.Path folder, String dfsTmpDir)
            throws IOException {
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        if (reachesThisDisk(spark, dfsTmpDir)) {
            return write(spark, model, SparkPlaces.uri(folder));
        }
        Path shared = new Path(dfsTmpDir, UUID.randomUUID().toString());
        FileSystem fileSystem = shared.getFileSystem(hadoop);
        try {
            long size = write(spark, model, fileSystem.makeQualified(shared).toString());
            fileSystem.copyToLocalFile(false, shared, new Path(folder.toUri()), false);
            return size;
        } finally {
            delete(fileSystem, shared);
        }
    }

    /** What stays there is only in the way; what failed before is what the caller shall see. */
    private static void delete(FileSystem fileSystem, Path folder) {
        try {
            fileSystem.delete(folder, true);
        } catch (IOException e) {
            LOG.warn("Cannot delete the model's temporary folder {}: {}", folder, e.getMessage());
        }
    }

    /** A folder that somebody chose is the one that driver and executors share, also on a disk. */
    static boolean reachesThisDisk(SparkSession spark, String dfsTmpDir) throws IOException {
        FileSystem defaultFs = FileSystem.get(spark.sparkContext().hadoopConfiguration());
        boolean chosen = dfsTmpDir != null && !dfsTmpDir.equals(Setting.DFS_TMPDIR.defaultValue());
        return SparkPlaces.isLocal(defaultFs) && (spark.sparkContext().isLocal() || !chosen);
    }

    /** Scala code throws checked exceptions that it does not declare. */
    private static void save(SparkSession spark, PipelineModel model, String uri) {
        try {
            model.write().session(spark).save(uri);
        } catch (UnsupportedOperationException e) {
            throw new MlflowException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "The model " + model.uid() + " cannot be saved: " + e.getMessage(),
                    e);
        } catch (Exception | LinkageError e) {
            boolean interrupted = Causes.isInterruption(e);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            throw new MlflowException(
                    interrupted ? ErrorCode.CANCELLED : ErrorCode.INTERNAL_ERROR,
                    "Spark cannot write the model " + model.uid() + " to " + uri + ": " + Causes.innermost(e),
                    e);
        }
    }
}
