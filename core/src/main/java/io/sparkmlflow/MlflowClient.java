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
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/**
 * MLflow from the JVM: a tracking store, a model registry and the artifacts of both, with the calls of Python's {@code
 * MlflowClient}.
 *
 * <p>Safe for use by several threads. Every method throws {@link MlflowException} when a store refuses or cannot be reached.
 *
 * <p><b>Metrics are sent behind the call.</b> {@link #logMetric} queues a point and returns; a thread of the client sends what
 * is queued, in the order of each run and in requests as large as MLflow takes, as soon as the request before is answered. A
 * point is stored for certain when {@link #flush()} returns, or any call that reads or ends its run, or {@link #close()};
 * {@code flush}, {@code close} and the end of the run throw what the store refused. A queue that is full makes {@code logMetric} wait. When the JVM ends in a regular way,
 * what is queued is sent first. {@code MLFLOW_ENABLE_ASYNC_LOGGING=false} sends within the call; {@code true} sends params and
 * tags that are logged one at a time behind the call too, and then {@code flush} tells of a param that had another value.
 */
public final class MlflowClient
        implements AutoCloseable, ExperimentCalls, RunCalls, ArtifactCalls, LoggedModelCalls, RegistryCalls {
    private final MlflowConfig config;
    private final TrackingStore tracking;
    private final ModelRegistry registry;
    private final LogQueue queue;
    private final Function<String, ArtifactStore> artifacts;
    private final boolean queuesMetrics;
    private final boolean queuesAll;

    /** Opens what the environment variables name, or Python's default: {@code mlflow.db} in the working directory. */
    public MlflowClient() {
        this(MlflowConfig.fromEnvironment());
    }

    /**
     * Opens a tracking store; the model registry is the one that {@code MLFLOW_REGISTRY_URI} names, else the same.
     *
     * @param trackingUri {@code http(s)://…}, {@code sqlite:///path/mlflow.db} or {@code postgresql://…}
     */
    public MlflowClient(String trackingUri) {
        this(MlflowConfig.fromEnvironment().with(Setting.TRACKING_URI, trackingUri));
    }

    /**
     * Opens a tracking store and a model registry.
     *
     * @param trackingUri {@code http(s)://…}, {@code sqlite:///path/mlflow.db} or {@code postgresql://…}
     * @param registryUri one of the same kinds
     */
    public MlflowClient(String trackingUri, String registryUri) {
        this(MlflowConfig.fromEnvironment()
                .with(Setting.TRACKING_URI, trackingUri)
                .with(Setting.REGISTRY_URI, registryUri));
    }

    private MlflowClient(MlflowConfig config) {
        this.config = config;
        this.queuesMetrics = config.find(Setting.ASYNC_LOGGING).isEmpty() || config.isOn(Setting.ASYNC_LOGGING);
        this.queuesAll = config.isOn(Setting.ASYNC_LOGGING);
        this.tracking = StoreFactory.openTracking(config);
        this.registry = registryBeside(tracking, config);
        this.queue = new LogQueue(tracking);
        this.artifacts = uri -> ArtifactStores.open(uri, tracking, registry, config);
    }

    private MlflowClient(
            TrackingStore tracking,
            ModelRegistry registry,
            Function<String, ArtifactStore> artifacts,
            MlflowConfig config) {
        this.config = config;
        this.queuesMetrics = config.find(Setting.ASYNC_LOGGING).isEmpty() || config.isOn(Setting.ASYNC_LOGGING);
        this.queuesAll = config.isOn(Setting.ASYNC_LOGGING);
        this.tracking = tracking;
        this.registry = registry;
        this.queue = new LogQueue(tracking);
        this.artifacts = artifacts;
    }

    /**
     * Makes a client of stores that are open already; it closes the tracking store. It has no model registry.
     *
     * @param artifacts opens the files at a URI
     */
    public static MlflowClient over(
            TrackingStore tracking, Function<String, ArtifactStore> artifacts, MlflowConfig config) {
        return new MlflowClient(tracking, null, artifacts, config);
    }

    /** Opens the registry; a tracking store that would stay behind alone is closed. */
    private static ModelRegistry registryBeside(TrackingStore tracking, MlflowConfig config) {
        ModelRegistry registry = null;
        try {
            registry = StoreFactory.openRegistry(config);
            return registry;
        } finally {
            if (registry == null) {
                tracking.close();
            }
        }
    }

    /** Opens what a configuration names. */
    public static MlflowClient open(MlflowConfig config) {
        return new MlflowClient(config);
    }

    /** Returns the tracking URI that a configuration names, without credentials: for messages. */
    public static String trackingUri(MlflowConfig config) {
        return StoreFactory.trackingUri(config);
    }

    /** Returns experiments and runs. What is queued is not in there yet, see {@link #flush()}. */
    @Override
    public TrackingStore tracking() {
        return tracking;
    }

    /** Returns registered models. */
    @Override
    public ModelRegistry registry() {
        return registry;
    }

    @Override
    public void logMetric(String runId, Metric metric) {
        requireKey(metric);
        if (queuesMetrics) {
            queue.add(runId, metric);
        } else {
            tracking.logBatch(runId, List.of(metric), List.of(), List.of());
        }
    }

    private static void requireKey(Metric metric) {
        if (metric.key() == null) {
            throw MlflowException.invalidParameter("A metric needs a key.");
        }
    }

    @Override
    public void logMetric(String runId, Metric metric, boolean synchronous) {
        logBatch(runId, List.of(metric), List.of(), List.of(), synchronous);
    }

    @Override
    public void logParam(String runId, String key, String value, boolean synchronous) {
        logBatch(runId, List.of(), List.of(new Param(key, value)), List.of(), synchronous);
    }

    @Override
    public void setTag(String runId, String key, String value, boolean synchronous) {
        logBatch(runId, List.of(), List.of(), List.of(new Tag(key, value)), synchronous);
    }

    @Override
    public void logBatch(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags, boolean synchronous) {
        metrics.forEach(MlflowClient::requireKey);
        if (synchronous) {
            logBatch(runId, metrics, params, tags);
        } else {
            params.forEach(param -> queue.add(runId, param));
            tags.forEach(tag -> queue.add(runId, tag));
            metrics.forEach(metric -> queue.add(runId, metric));
        }
    }

    @Override
    public void logParam(String runId, String key, String value) {
        if (queuesAll) {
            queue.add(runId, new Param(key, value));
        } else {
            tracking.logBatch(runId, List.of(), List.of(new Param(key, value)), List.of());
        }
    }

    @Override
    public void setTag(String runId, String key, String value) {
        if (queuesAll) {
            queue.add(runId, new Tag(key, value));
        } else {
            tracking.setTag(runId, new Tag(key, value));
        }
    }

    @Override
    public void logBatch(String runId, List<Metric> metrics, List<Param> params, List<Tag> tags) {
        queue.await(runId);
        Upcoming<Param> nextParam = new Upcoming<>(params);
        Upcoming<Tag> nextTag = new Upcoming<>(tags);
        Upcoming<Metric> nextMetric = new Upcoming<>(metrics);
        while (nextParam.item != null || nextTag.item != null || nextMetric.item != null) {
            LogBatch batch = new LogBatch(tracking);
            while (nextParam.item != null && batch.add(nextParam.item)) {
                nextParam.advance();
            }
            while (nextTag.item != null && batch.add(nextTag.item)) {
                nextTag.advance();
            }
            while (nextMetric.item != null && batch.add(nextMetric.item)) {
                nextMetric.advance();
            }
            batch.sendTo(tracking, runId);
        }
    }

    /** An item that is not yet in a batch. */
    private static final class Upcoming<T> {
        private final Iterator<T> rest;
        private T item;

        Upcoming(List<T> items) {
            rest = items.iterator();
            advance();
        }

        void advance() {
            item = rest.hasNext() ? rest.next() : null;
        }
    }

    @Override
    public void flush(String runId) {
        queue.flush(runId);
    }

    @Override
    public void flush() {
        queue.flush();
    }

    @Override
    public void awaitStored(String runId) {
        queue.await(runId);
    }

    @Override
    public void awaitStored() {
        queue.await();
    }

    /**
     * Opens the files at a URI: an artifact root such as a run's {@code artifactUri}, or {@code runs:/…} or {@code models:/…},
     * with a path inside or without. The URI of a single file gives a store with that file at the empty path.
     */
    @Override
    public ArtifactStore openArtifacts(String uri) {
        return artifacts.apply(uri);
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

    /** Sends what is queued and lets go of the stores. Throws what the stores refused, and what could not be sent. */
    @Override
    public void close() {
        try (tracking;
                registry) {
            queue.close();
        }
    }
}
