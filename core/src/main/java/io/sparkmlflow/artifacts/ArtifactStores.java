package io.sparkmlflow.artifacts;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.TrackingStore;
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
     * @param artifactUri a plain path, {@code file:}, {@code mlflow-artifacts:/path} or {@code
     *     mlflow-artifacts://host:port/path}
     * @param trackingUri the server behind {@code mlflow-artifacts:/path}; not looked at for other schemes
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if the scheme is none of these
     */
    public static ArtifactStore open(String artifactUri, String trackingUri, MlflowConfig config) {
        return switch (scheme(artifactUri)) {
            case "", "file" -> LocalArtifactStore.at(artifactUri);
            case "mlflow-artifacts" -> HttpArtifactStore.at(artifactUri, trackingUri, config);
            default ->
                throw MlflowException.invalidParameter("Cannot keep artifacts at '" + artifactUri
                        + "': expected a path, a file: URI or an mlflow-artifacts: URI");
        };
    }

    /**
     * Opens the store at what any URI names, {@code runs:/…} and {@code models:/…} included, which are looked up first. The
     * URI of a single file gives a store with that file at the empty path.
     *
     * @param uri what {@link ModelUri} reads
     * @throws MlflowException if there is no such run, model, version or alias; the message names the URI
     */
    public static ArtifactStore open(String uri, TrackingStore tracking, ModelRegistry registry, MlflowConfig config) {
        return open(ModelUri.parse(uri).resolve(tracking, registry), tracking.uri(), config);
    }

    /** Returns the scheme of a URI in lower case; empty for a plain path. */
    static String scheme(String uri) {
        Matcher matcher = SCHEME.matcher(uri);
        return matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
    }
}
