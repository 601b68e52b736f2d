package io.sparkmlflow.artifacts;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.rest.RestTrackingStore;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Opens the artifact store that an artifact URI names. */
public final class ArtifactStores {
    /** Two characters at least: {@code C:\} is a drive. */
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*", Pattern.DOTALL);

    private ArtifactStores() {}

    /**
     * Opens the store at a root.
     *
     * @param artifactUri a plain path, {@code file:}, {@code mlflow-artifacts:/path}, {@code
     *     mlflow-artifacts://host:port/path}, or any other URI that Hadoop has a {@code FileSystem} for, if Hadoop is on the
     *     classpath: {@code hdfs:}, {@code s3:}, {@code s3a:}, {@code abfss:}, {@code gs:}, {@code dbfs:}, …
     * @param trackingUri the server behind {@code mlflow-artifacts:/path}; not looked at for other schemes
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if the scheme is none of these
     */
    public static ArtifactStore open(String artifactUri, String trackingUri, MlflowConfig config) {
        return switch (scheme(artifactUri)) {
            case "", "file" -> LocalArtifactStore.at(artifactUri);
            case "mlflow-artifacts" -> HttpArtifactStore.at(artifactUri, trackingUri, config);
            case "runs", "models" ->
                throw MlflowException.invalidParameter(
                        "'" + artifactUri + "' does not say where files are: open it with a client, which looks it up");
            default -> {
                requireHadoop(artifactUri);
                yield HadoopArtifactStore.at(artifactUri);
            }
        };
    }

    /** Asks for the class by name: without Hadoop, the store's own class cannot be loaded. */
    private static void requireHadoop(String artifactUri) {
        try {
            Class.forName("org.apache.hadoop.fs.FileSystem", false, ArtifactStores.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new MlflowException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    "Cannot keep artifacts at '" + artifactUri + "' without Hadoop: run inside Spark, or add"
                            + " org.apache.hadoop:hadoop-client-api and hadoop-client-runtime, and the jar for this kind of"
                            + " URI, to the classpath",
                    e);
        }
    }

    /**
     * Opens the store at what any URI names, {@code runs:/…} and {@code models:/…} included, which are looked up first. The
     * URI of a single file gives a store with that file at the empty path. Files behind the tracking server are asked for over
     * the tracking store's connections, so that one has to stay open.
     *
     * @param uri what {@link ModelUri} reads
     * @throws MlflowException if there is no such run, model, version or alias; the message names the URI
     */
    public static ArtifactStore open(String uri, TrackingStore tracking, ModelRegistry registry, MlflowConfig config) {
        String artifactUri = ModelUri.parse(uri).resolve(tracking, registry);
        return tracking instanceof RestTrackingStore server
                        && scheme(artifactUri).equals("mlflow-artifacts")
                ? HttpArtifactStore.at(artifactUri, server.client())
                : open(artifactUri, tracking.uri(), config);
    }

    /**
     * Returns the absolute path that a plain path or a {@code file:} URI names.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if the URI names another machine
     */
    public static Path localPath(String uri) {
        return LocalArtifactStore.at(uri).localPath("");
    }

    /** Returns the scheme of a URI in lower case; empty for a plain path. */
    static String scheme(String uri) {
        Matcher matcher = SCHEME.matcher(uri);
        return matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
    }
}
