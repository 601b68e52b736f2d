package io.sparkmlflow.store;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.credentials.DatabricksWorkspace;
import io.sparkmlflow.store.file.FileStores;
import io.sparkmlflow.store.rest.RestClient;
import io.sparkmlflow.store.rest.RestModelRegistry;
import io.sparkmlflow.store.rest.RestTrackingStore;
import io.sparkmlflow.store.sql.SqlStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** Chooses the store that a URI names. */
public final class StoreFactory {
    private static final String DEFAULT_URI = "sqlite:///mlflow.db";
    private static final Path FILE_STORE = Path.of("mlruns");
    private static final Pattern UNITY_CATALOG = Pattern.compile("(?i)(databricks-uc|uc)(:.*)?");
    private static final AtomicBoolean WORKSPACE_REGISTRY_SAID = new AtomicBoolean();

    private StoreFactory() {}

    /** Opens the tracking store that a configuration names. */
    public static TrackingStore openTracking(MlflowConfig config) {
        String uri = uri(config, Setting.TRACKING_URI);
        SqlStores.prepare(uri);
        return RestClient.isServer(uri)
                ? RestTrackingStore.open(uri, config)
                : FileStores.accepts(uri)
                        ? FileStores.openTracking(uri)
                        : SqlStores.openTracking(requireDatabase(uri), config);
    }

    /**
     * Opens the model registry that a configuration names: by default the tracking store. Of {@code databricks} that is the
     * workspace's own registry, which is said once: Python's client goes to Unity Catalog then.
     */
    public static ModelRegistry openRegistry(MlflowConfig config) {
        String uri = config.find(Setting.REGISTRY_URI).orElseGet(() -> {
            String tracking = uri(config, Setting.TRACKING_URI);
            if (DatabricksWorkspace.isNamedBy(tracking) && WORKSPACE_REGISTRY_SAID.compareAndSet(false, true)) {
                LoggerFactory.getLogger(StoreFactory.class)
                        .warn(
                                "Registered models of '{}' are those of the workspace's own registry, not of Unity Catalog, which is"
                                        + " Python's default there and not supported here. Set MLFLOW_REGISTRY_URI={} if this is meant.",
                                tracking,
                                tracking);
            }
            return tracking;
        });
        if (UNITY_CATALOG.matcher(uri.trim()).matches()) {
            throw MlflowException.invalidParameter(
                    "The registry '" + uri + "' is Unity Catalog's, which has an API of its own"
                            + " that is not supported: log the model to MLflow and register it with Python, or set the registry URI to"
                            + " 'databricks' for the workspace's own registry");
        }
        return RestClient.isServer(uri)
                ? RestModelRegistry.open(uri, config)
                : FileStores.accepts(uri) ? FileStores.openRegistry(uri) : SqlStores.openRegistry(requireDatabase(uri));
    }

    /** Returns the tracking URI that a configuration names, without credentials: for messages. */
    public static String trackingUri(MlflowConfig config) {
        String uri = uri(config, Setting.TRACKING_URI);
        return SqlStores.accepts(uri) ? SqlStores.withoutCredentials(uri) : MlflowConfig.withoutUserInfo(uri);
    }

    private static String uri(MlflowConfig config, Setting setting) {
        return config.find(setting).orElseGet(StoreFactory::defaultUri);
    }

    /** Python's default: a database in the working directory, unless an old file store is there and no database. */
    private static String defaultUri() {
        if (!Files.exists(Path.of("mlflow.db")) && isFileStore()) {
            return FILE_STORE.toString();
        }
        return DEFAULT_URI;
    }

    private static boolean isFileStore() {
        if (!Files.isDirectory(FILE_STORE)) {
            return false;
        }
        try (Stream<Path> folders = Files.list(FILE_STORE)) {
            return folders.anyMatch(folder ->
                    folder.getFileName().toString().matches("\\d+") && Files.exists(folder.resolve("meta.yaml")));
        } catch (IOException e) {
            return false;
        }
    }

    private static String requireDatabase(String uri) {
        if (SqlStores.accepts(uri)) {
            return uri;
        }
        // A password may hold what ends the user's part of a URL.
        String shown = uri.contains("@") ? SqlStores.withoutCredentials(uri) : uri;
        throw MlflowException.invalidParameter("'" + shown
                + "' is not a store that can be opened: expected http(s)://host, databricks, databricks://profile,"
                + " sqlite:///path/mlflow.db, postgresql:// or mysql://user:password@host/database, or the folder of a file store to read;"
                + " other databases of MLflow's are reached through 'mlflow server'");
    }
}
