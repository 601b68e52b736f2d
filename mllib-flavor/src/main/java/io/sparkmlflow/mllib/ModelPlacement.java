package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.ArtifactStores;
import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Where Spark reads a model's files: where they are if driver and executors can read them there, else in a copy.
 *
 * In place is where {@link SparkPlaces} says. A copy is on the default file system if that is not this disk and the master is
 * a cluster, else on this disk.
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
        Optional<String> inPlace = SparkPlaces.uri(spark, trackingUri, files, data);
        if (inPlace.isPresent()) {
            return new ModelPlacement(inPlace.get(), null);
        }
        FileSystem defaultFs = FileSystem.get(spark.sparkContext().hadoopConfiguration());
        return spark.sparkContext().isLocal() || SparkPlaces.isLocal(defaultFs)
                ? copiedToThisDisk(files, data)
                : copiedTo(defaultFs, dfsTmpDir(spark), files, data);
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
        return new ModelPlacement(SparkPlaces.uri(folder.resolve(data)), copy)
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
                ArtifactTrees.copy(files, data, target, data);
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

    private static String dfsTmpDir(SparkSession spark) {
        MlflowConfig config =
                MlflowConfig.of(key -> ScalaInterop.orNull(spark.conf().getOption(key)), System.getenv());
        return config.find(Setting.DFS_TMPDIR)
                .orElseThrow(() -> MlflowException.invalidParameter(Setting.DFS_TMPDIR.sparkKey()
                        + " has no value: set it to a folder on the default file system"));
    }
}
