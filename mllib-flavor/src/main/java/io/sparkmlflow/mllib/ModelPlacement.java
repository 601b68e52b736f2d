package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.ArtifactStores;
import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.FileInfo;
import java.io.IOException;
import java.io.InputStream;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Where Spark reads a model's files: where they are if driver and executors can read them there, else in a copy.
 *
 * <table>
 *   <caption>The places</caption>
 *   <tr><th>the model is</th><th>one machine ({@code local[*]})</th><th>default FS {@code file:}</th><th>another default
 *       FS</th></tr>
 *   <tr><td>on this disk</td><td>in place</td><td>in place: the disk has to be shared</td><td>copy on the default FS</td></tr>
 *   <tr><td>behind a tracking server</td><td>copy on this disk</td><td>in place, by {@link
 *       MlflowArtifactsFileSystem}</td><td>copy on the default FS</td></tr>
 *   <tr><td>on a file system of Hadoop</td><td colspan="3">in place</td></tr>
 * </table>
 *
 * Closing it deletes the copy, unless the model still needs it: then it goes when the JVM ends.
 */
final class ModelPlacement implements AutoCloseable {
    private final String uri;
    private final Copy copy;
    private boolean kept;

    /** A copy that can be deleted now or at the end. */
    private interface Copy {
        void delete() throws IOException;

        void deleteAtExit() throws IOException;
    }

    private ModelPlacement(String uri, Copy copy) {
        this.uri = uri;
        this.copy = copy;
    }

    /**
     * Finds the place for a model, and copies it there if it has to be copied.
     *
     * @param trackingUri the server behind {@code mlflow-artifacts:/path}
     * @param files the model's folder
     * @param data the path of Spark's files in it
     */
    static ModelPlacement choose(SparkSession spark, String trackingUri, ArtifactStore files, String data)
            throws IOException {
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        boolean oneMachine = spark.sparkContext().isLocal();
        boolean proxied = files.rootUri().startsWith(MlflowArtifactsFileSystem.SCHEME + ":");
        java.nio.file.Path local = files.localPath(data);
        if (local == null && !proxied) {
            return inPlace(location(files, data, hadoop));
        }
        FileSystem defaultFs = FileSystem.get(hadoop);
        boolean shared = !"file".equals(defaultFs.getUri().getScheme());
        if (shared && !oneMachine) {
            return copiedTo(defaultFs, dfsTmpDir(spark), files, data);
        }
        if (local != null) {
            return inPlace(new Path(local.toUri()).toString());
        }
        if (oneMachine) {
            return copiedToThisDisk(files, data);
        }
        String location = MlflowArtifactsFileSystem.withAuthority(files.rootUri(), trackingUri);
        MlflowArtifactsFileSystem.setTrackingUri(hadoop, location, trackingUri);
        return inPlace(location + "/" + data);
    }

    /** Returns a URI that {@code PipelineModel.load} takes. */
    String uri() {
        return uri;
    }

    /** Keeps a copy until the JVM ends if {@code needed} says so; it is not asked if there is none. */
    void keepIf(BooleanSupplier needed) throws IOException {
        if (copy != null && needed.getAsBoolean()) {
            kept = true;
            copy.deleteAtExit();
        }
    }

    @Override
    public void close() throws IOException {
        if (copy != null && !kept) {
            copy.delete();
        }
    }

    private static ModelPlacement inPlace(String uri) {
        return new ModelPlacement(uri, null);
    }

    /** Python logs to {@code s3:}; Hadoop's file system for it is called {@code s3a:}. */
    private static String location(ArtifactStore files, String data, Configuration hadoop) throws IOException {
        String uri = files.rootUri().replaceFirst("/+$", "") + "/" + data;
        if (uri.startsWith("s3:")) {
            try {
                FileSystem.getFileSystemClass("s3", hadoop);
            } catch (IOException e) {
                return "s3a" + uri.substring(2);
            }
        }
        return uri;
    }

    private static ModelPlacement copiedToThisDisk(ArtifactStore files, String data) throws IOException {
        java.nio.file.Path folder = TemporaryFolders.create();
        Copy copy = new Copy() {
            @Override
            public void delete() {
                TemporaryFolders.delete(folder);
            }

            @Override
            public void deleteAtExit() {
                TemporaryFolders.deleteAtExit(folder);
            }
        };
        return new ModelPlacement(new Path(folder.resolve(data).toUri()).toString(), copy)
                .filledBy(() -> files.download(data, folder.resolve(data)));
    }

    private static ModelPlacement copiedTo(FileSystem fileSystem, String parent, ArtifactStore files, String data)
            throws IOException {
        Path folder =
                fileSystem.makeQualified(new Path(parent, UUID.randomUUID().toString()));
        Copy copy = new Copy() {
            @Override
            public void delete() throws IOException {
                fileSystem.delete(folder, true);
            }

            @Override
            public void deleteAtExit() throws IOException {
                fileSystem.deleteOnExit(folder);
            }
        };
        return new ModelPlacement(folder + "/" + data, copy).filledBy(() -> {
            try (ArtifactStore target = ArtifactStores.open(folder.toString(), null, MlflowConfig.fromEnvironment())) {
                copyTree(files, data, target);
            }
        });
    }

    /** A step that fails leaves no copy. */
    private ModelPlacement filledBy(Filling filling) throws IOException {
        boolean complete = false;
        try {
            filling.fill();
            complete = true;
            return this;
        } finally {
            if (!complete) {
                close();
            }
        }
    }

    private interface Filling {
        void fill() throws IOException;
    }

    private static void copyTree(ArtifactStore from, String folder, ArtifactStore to) throws IOException {
        for (FileInfo file : from.list(folder)) {
            if (file.isDirectory()) {
                copyTree(from, file.path(), to);
            } else {
                try (InputStream content = from.open(file.path())) {
                    to.upload(content, file.path());
                }
            }
        }
    }

    private static String dfsTmpDir(SparkSession spark) {
        MlflowConfig config =
                MlflowConfig.of(key -> ScalaInterop.orNull(spark.conf().getOption(key)), System.getenv());
        return config.find(Setting.DFS_TMPDIR)
                .orElseThrow(() -> MlflowException.invalidParameter(Setting.DFS_TMPDIR.sparkKey()
                        + " has no value: set it to a folder on the default file system"));
    }
}
