package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.TrackingStore;
import java.nio.file.Path;
import java.util.Set;

/**
 * Opens the embedded stores.
 *
 * <p>A URI is {@code sqlite:///relative/path.db} (relative to the working directory), {@code sqlite:////absolute/path.db}
 * or {@code postgresql://user:password@host:port/database}, or the same with {@code mysql} or {@code mariadb}, as MLflow has
 * it. An SQLite file that is not there, and a
 * database that is empty, is given the schema of MLflow 3.17; one that has tables is used as it is. Stores on one database
 * share its connections, which are closed with the last of them.
 *
 * <p>Every method throws {@link MlflowException} with one sentence that says why a database cannot be opened.
 */
public final class SqlStores {
    private static final Set<String> KINDS = Set.of("sqlite", "postgresql", "postgres", "mysql", "mariadb");

    private SqlStores() {}

    /** Returns whether {@code uri} is one for this class. */
    public static boolean accepts(String uri) {
        return uri.startsWith("sqlite:") || KINDS.contains(ServerUri.kindOf(uri));
    }

    /** Begins to load what the first connection to a database of this URI will need, if it is one, and returns at once. */
    public static void prepare(String uri) {
        if (uri.startsWith("sqlite:")) {
            SqliteLibrary.prepare();
        }
    }

    /**
     * Returns a URI for messages: without user, password and options.
     *
     * @param uri one that is {@linkplain #accepts accepted}, though it may be invalid otherwise
     */
    public static String withoutCredentials(String uri) {
        if (uri.startsWith("sqlite")) {
            return uri;
        }
        try {
            return ServerUri.parse(uri).withoutCredentials();
        } catch (MlflowException e) {
            return ServerUri.kindOf(uri) + "://…";
        }
    }

    /** Opens a tracking store whose new experiments keep artifacts below {@code mlruns} in the working directory. */
    public static TrackingStore openTracking(String uri) {
        return openTracking(uri, defaultArtifactRoot());
    }

    /** The same, with the settings of a configuration. */
    public static TrackingStore openTracking(String uri, MlflowConfig config) {
        return openTracking(uri, defaultArtifactRoot(), LongValues.from(config));
    }

    /**
     * Opens a tracking store.
     *
     * @param artifactRoot where new experiments keep artifacts unless told otherwise: a URI, or a path
     */
    public static TrackingStore openTracking(String uri, String artifactRoot) {
        return openTracking(uri, artifactRoot, LongValues.cut());
    }

    private static TrackingStore openTracking(String uri, String artifactRoot, LongValues longValues) {
        String root = ArtifactUris.resolve(artifactRoot);
        SqlDatabase database = SqlDatabase.openShared(uri, root);
        return new SqlTrackingStore(database, root, longValues);
    }

    /** Opens a model registry. */
    public static ModelRegistry openRegistry(String uri) {
        return new SqlModelRegistry(SqlDatabase.openShared(uri, defaultArtifactRoot()));
    }

    /** Returns the folder that MLflow takes when it is told none: {@code mlruns}, an absolute path without a scheme. */
    static String defaultArtifactRoot() {
        return ArtifactUris.resolve(Path.of("mlruns").toString());
    }
}
