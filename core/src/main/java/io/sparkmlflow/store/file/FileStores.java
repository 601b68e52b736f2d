package io.sparkmlflow.store.file;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStores;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.TrackingStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Opens file stores of older MLflow, for reading. What would change one is refused with {@code FEATURE_DISABLED} and one
 * sentence that says what to do.
 */
public final class FileStores {
    /** Two characters at least: {@code C:\} is a drive. */
    private static final Pattern OTHER_SCHEME =
            Pattern.compile("(?!(?i)file:)[A-Za-z][A-Za-z0-9+.-]+:.*", Pattern.DOTALL);

    private FileStores() {}

    /** Returns whether a URI is one for this class: a plain path or a {@code file:} URI. */
    public static boolean accepts(String uri) {
        return !uri.isBlank()
                && !uri.startsWith("databricks")
                && !OTHER_SCHEME.matcher(uri).matches();
    }

    /**
     * Opens a tracking store.
     *
     * @param uri the folder
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if there is no such folder
     */
    public static TrackingStore openTracking(String uri) {
        return new FileTrackingStore(root(uri), uri);
    }

    /** Opens a model registry: the folder {@code models} in the same folder. Throws as {@link #openTracking} does. */
    public static ModelRegistry openRegistry(String uri) {
        return new FileModelRegistry(root(uri), uri);
    }

    private static Path root(String uri) {
        Path root = ArtifactStores.localPath(uri);
        if (!Files.isDirectory(root)) {
            throw MlflowException.invalidParameter("There is no folder " + root + " to read as a file store of an older"
                    + " MLflow; for a new store, use sqlite:///mlflow.db or a server");
        }
        return root;
    }
}
