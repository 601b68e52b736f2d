package io.sparkmlflow.mllib;

import io.sparkmlflow.artifacts.ArtifactStore;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Where in an artifact store Spark itself, with driver and executors, reads and writes.
 *
 * <table>
 *   <caption>The places</caption>
 *   <tr><th>the store is</th><th>one machine ({@code local[*]})</th><th>default FS {@code file:}</th><th>another default
 *       FS</th></tr>
 *   <tr><td>on this disk</td><td>there</td><td>there: the disk has to be shared</td><td>nowhere</td></tr>
 *   <tr><td>behind a tracking server</td><td>nowhere: a copy on this disk costs less</td><td>there, by {@link
 *       MlflowArtifactsFileSystem}</td><td>nowhere</td></tr>
 *   <tr><td>on a file system of Hadoop</td><td colspan="3">there</td></tr>
 * </table>
 */
final class SparkPlaces {
    private SparkPlaces() {}

    /**
     * Returns the URI that Spark takes for a path in a store; empty if the files have to go through another place.
     *
     * @param trackingUri the server behind {@code mlflow-artifacts:/path}
     */
    static Optional<String> uri(SparkSession spark, String trackingUri, ArtifactStore store, String path)
            throws IOException {
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        boolean proxied = isProxied(store);
        java.nio.file.Path local = store.localPath(path);
        if (local == null && !proxied) {
            return Optional.of(onHadoop(store.rootUri().replaceFirst("/+$", "") + "/" + path, hadoop));
        }
        boolean oneMachine = spark.sparkContext().isLocal();
        if (!oneMachine && !isLocal(FileSystem.get(hadoop))) {
            return Optional.empty();
        }
        if (local != null) {
            return Optional.of(uri(local));
        }
        if (oneMachine) {
            return Optional.empty();
        }
        String location = MlflowArtifactsFileSystem.withAuthority(store.rootUri(), trackingUri);
        MlflowArtifactsFileSystem.setTrackingUri(hadoop, location, trackingUri);
        return Optional.of(location + "/" + path);
    }

    /** Returns whether a store is behind a tracking server. */
    static boolean isProxied(ArtifactStore store) {
        return store.rootUri().startsWith(MlflowArtifactsFileSystem.SCHEME + ":");
    }

    /** Returns whether a file system is the machine's disk. */
    static boolean isLocal(FileSystem fileSystem) {
        return "file".equals(fileSystem.getUri().getScheme());
    }

    /** Returns a local path for Spark. Not the text of its URI: Hadoop takes percent escapes as they are. */
    static String uri(java.nio.file.Path local) {
        return new Path(local.toUri()).toString();
    }

    /** Python logs to {@code s3:}; Hadoop's file system for it is called {@code s3a:}. */
    private static String onHadoop(String uri, Configuration hadoop) {
        if (uri.startsWith("s3:")) {
            try {
                FileSystem.getFileSystemClass("s3", hadoop);
            } catch (IOException e) {
                return "s3a" + uri.substring(2);
            }
        }
        return uri;
    }
}
