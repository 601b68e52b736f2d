package io.sparkmlflow;

import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.ArtifactStores;
import io.sparkmlflow.artifacts.ModelUri;
import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.StoreFactory;
import io.sparkmlflow.store.TrackingStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * MLflow from the JVM: a tracking store, a model registry and the artifacts of both.
 *
 * <p>Safe for use by several threads. Every method throws {@link MlflowException} when a store refuses or cannot be reached.
 */
public final class MlflowClient implements AutoCloseable {
    private static final int MAX_METRICS = 1000;
    private static final int MAX_PARAMS_OR_TAGS = 100;

    private final MlflowConfig config;
    private final TrackingStore tracking;
    private final ModelRegistry registry;

    /** Opens what the environment variables name, or Python's default: {@code mlflow.db} in the working directory. */
    public MlflowClient() {
        this(MlflowConfig.fromEnvironment());
    }

    /**
     * Opens a tracking store, which is the model registry too.
     *
     * @param trackingUri {@code http(s)://…}, {@code sqlite:///path/mlflow.db} or {@code postgresql://…}
     */
    public MlflowClient(String trackingUri) {
        this(MlflowConfig.fromEnvironment()
                .with(Setting.TRACKING_URI, trackingUri)
                .with(Setting.REGISTRY_URI, trackingUri));
    }

    private MlflowClient(MlflowConfig config) {
        this.config = config;
        this.tracking = StoreFactory.openTracking(config);
        this.registry = StoreFactory.openRegistry(config);
    }

    /** Opens what a configuration names. */
    public static MlflowClient open(MlflowConfig config) {
        return new MlflowClient(config);
    }

    /** Returns the tracking URI that a configuration names, without credentials: for messages. */
    public static String trackingUri(MlflowConfig config) {
        return StoreFactory.trackingUri(config);
    }

    /** Returns experiments and runs. */
    public TrackingStore tracking() {
        return tracking;
    }

    /** Returns registered models. */
    public ModelRegistry registry() {
        return registry;
    }

    /** Logs any number of items, in batches of the size that MLflow takes. Not atomic beyond one batch. */
    public void logBatch(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags) {
        int metricsDone = 0;
        int paramsDone = 0;
        int tagsDone = 0;
        while (metricsDone < metrics.size() || paramsDone < params.size() || tagsDone < tags.size()) {
            List<Param> someParams = slice(params, paramsDone, MAX_PARAMS_OR_TAGS);
            List<Tag> someTags = slice(tags, tagsDone, MAX_PARAMS_OR_TAGS);
            List<Metric> someMetrics = slice(metrics, metricsDone, MAX_METRICS - someParams.size() - someTags.size());
            tracking.logBatch(runId, someMetrics, someParams, someTags);
            metricsDone += someMetrics.size();
            paramsDone += someParams.size();
            tagsDone += someTags.size();
        }
    }

    /**
     * Opens the files at a URI: an artifact root such as a run's {@code artifactUri}, or {@code runs:/…} or {@code models:/…},
     * with a path inside or without. The URI of a single file gives a store with that file at the empty path.
     */
    public ArtifactStore openArtifacts(String uri) {
        return ArtifactStores.open(uri, tracking, registry, config);
    }

    /** Creates a registered model unless it is there already. */
    public void ensureRegisteredModel(String name) {
        if (registry.findRegisteredModel(name).isPresent()) {
            return;
        }
        try {
            registry.createRegisteredModel(name, null, Map.of());
        } catch (MlflowException e) {
            // Somebody else created it in between.
            if (e.errorCode() != ErrorCode.RESOURCE_ALREADY_EXISTS) {
                throw e;
            }
        }
    }

    /**
     * Returns where the files of a model are.
     *
     * @param modelUri a path, {@code runs:/<run>/<path>}, {@code models:/<name>/<version>|<stage>|latest}, {@code
     *     models:/<name>@<alias>}, {@code models:/m-…}, or an artifact URI, which is returned as it is
     */
    public String resolve(String modelUri) {
        return ModelUri.parse(modelUri).resolve(tracking, registry);
    }

    /**
     * Returns a local folder with a model's files: the folder itself if it is on this machine, else a copy that is deleted when
     * the JVM ends.
     */
    public Path localModelFolder(String modelUri) {
        String artifactUri = resolve(modelUri);
        try (ArtifactStore artifacts = openArtifacts(artifactUri)) {
            Path local = artifacts.localPath("");
            if (local != null) {
                return local;
            }
            return artifacts.download("", TemporaryFolders.createUntilExit().resolve("model"));
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot make a temporary folder for the model " + modelUri + ": " + e.getMessage(),
                    e);
        }
    }

    @Override
    public void close() {
        tracking.close();
        registry.close();
    }

    private static <T> List<T> slice(List<T> items, int from, int atMost) {
        return items.subList(from, Math.min(items.size(), from + atMost));
    }
}
