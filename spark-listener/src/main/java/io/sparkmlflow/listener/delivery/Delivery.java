package io.sparkmlflow.listener.delivery;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.TrackingStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/**
 * The way from one application to its tracking store. Goes straight there until {@link #spool} is called, and by way of a spool on
 * the local disk from then on: a call that failed is made again and ends up there, and {@link #sendSpooled} sends all that is there.
 * Used by one thread at a time.
 *
 * <p>Every run that is created gets a key of its own as a tag, the same when its creation is repeated: by it a run is found
 * whose creation was carried out without an answer, or sent from a spool before.
 */
public final class Delivery implements AutoCloseable {
    /** A spool that was sent and has grown to this makes place for a new one. */
    private static final long MAX_SENT_BYTES = 8L << 20;

    /** The tag with a run's key. */
    static final String KEY = "spark.mlflow.key";

    private final MlflowConfig config;
    private final Function<MlflowConfig, MlflowClient> stores;
    private final TrackingStore switching = (TrackingStore) Proxy.newProxyInstance(
            TrackingStore.class.getClassLoader(),
            new Class<?>[] {TrackingStore.class},
            (proxy, method, arguments) -> call(method, arguments));
    private final MlflowClient client;
    private final Map<CreateRun, String> keys = new HashMap<>();
    private final Map<String, String> sentRuns = new HashMap<>();
    private final List<String> refused = new ArrayList<>();
    private MlflowClient direct;
    private Spool spool;
    private SpoolStore spooling;
    private Path leftBehind;
    private Path unsent;

    public Delivery(MlflowConfig config) {
        this(config, MlflowClient::open);
    }

    /** @param stores opens the tracking store that a configuration names */
    public Delivery(MlflowConfig config, Function<MlflowConfig, MlflowClient> stores) {
        this.config = config;
        this.stores = stores;
        this.client = MlflowClient.over(switching, this::openArtifacts, config);
    }

    /** Returns the client to write with, the same before and after {@link #spool}. It has no registry. */
    public MlflowClient client() {
        return client;
    }

    /** Keeps everything on the local disk from now on. Throws if that is turned off or cannot be written. */
    public void spool() {
        if (spooling == null) {
            openSpool();
            spooling = new SpoolStore(this::openSpool, MlflowClient.trackingUri(config));
        }
    }

    public boolean isSpooling() {
        return spooling != null;
    }

    /** Returns where what was not sent, or was refused, is; {@code null} if there is nothing. */
    public Path spoolFolder() {
        return spool != null && (!spool.isSent() || !refused.isEmpty()) ? spool.folder() : leftBehind;
    }

    /** Returns whether there is something that {@link #sendSpooled} would send. */
    public boolean hasUnsent() {
        return spool != null && !spool.isSent();
    }

    /**
     * Logs a model that lies in a local folder; the folder may be gone then.
     *
     * @param registeredName {@code null} registers nothing
     */
    public void logModel(RunInfo run, String path, Path folder, String registeredName) {
        if (!isSpooling()) {
            SparkFlavor.log(direct(), run.runId(), path, folder, registeredName);
        } else {
            Spool kept = openSpool();
            kept.add(new SpoolOp.ModelLogged(run.runId(), path, kept.keepFolder(folder), registeredName));
        }
    }

    /**
     * Tries to send what was spooled so far. What is written afterwards is spooled again, until the next call.
     *
     * @throws io.sparkmlflow.store.StoreUnavailableException if the store still does not answer
     */
    public void sendSpooled() {
        if (hasUnsent()) {
            Replayer.Result result = new Replayer(spool.folder(), direct()).send();
            spool.sent();
            sentRuns.putAll(result.runs());
            refused.addAll(result.refused());
        }
    }

    /** Returns the spool that takes the next call. */
    private Spool openSpool() {
        if (spool != null && spool.isSent() && spool.length() > MAX_SENT_BYTES) {
            closeSpool();
        }
        if (spool == null) {
            Path root = SpoolFolders.root(config)
                    .orElseThrow(
                            () -> MlflowException.invalidParameter("spark.mlflow.spool is off, so it is not kept"));
            spool = Spool.create(root, MlflowClient.trackingUri(config), sentRuns);
        }
        return spool;
    }

    private void closeSpool() {
        spool.close();
        if (spool.isSent()) {
            try {
                new Replayer(spool.folder(), direct()).settle(refused);
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot write what was refused", e);
            }
        }
        leftBehind = spoolFolder();
        unsent = spool.isSent() ? null : spool.folder();
        refused.clear();
        spool = null;
    }

    /** Gives a run another status after {@link #close}, in the store or in the spool: wherever the run is. */
    public void correct(RunInfo run, RunStatus status) {
        if (unsent != null) {
            try (Spool again = Spool.reopen(unsent)) {
                again.add(new SpoolOp.RunUpdated(run.runId(), status, null, null));
            }
        } else {
            try (MlflowClient again = stores.apply(config)) {
                again.tracking().updateRun(sentRuns.getOrDefault(run.runId(), run.runId()), status, null, null);
            }
        }
    }

    private MlflowClient direct() {
        if (direct == null) {
            direct = stores.apply(config);
        }
        return direct;
    }

    private ArtifactStore openArtifacts(String uri) {
        return isSpooling() ? new SpoolArtifacts(openSpool(), uri) : direct().openArtifacts(uri);
    }

    private Object call(Method method, Object[] arguments) throws Throwable {
        try {
            if (method.getDeclaringClass() == Object.class) {
                return method.invoke(config, arguments);
            }
            if (method.getName().equals("close")) {
                return null; // see close() here
            }
            TrackingStore store = isSpooling() ? spooling : direct().tracking();
            if (arguments != null && arguments.length == 1 && arguments[0] instanceof CreateRun request) {
                Object run = method.invoke(store, withKey(request));
                keys.remove(request);
                return run;
            }
            return method.invoke(store, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private CreateRun withKey(CreateRun request) {
        String key = keys.computeIfAbsent(request, same -> UUID.randomUUID().toString());
        Map<String, String> tags = new LinkedHashMap<>(request.tags());
        tags.put(KEY, key);
        return new CreateRun(request.experimentId(), request.runName(), request.userId(), request.startTime(), tags);
    }

    @Override
    public void close() {
        if (spool != null) {
            closeSpool();
        }
        if (direct != null) {
            direct.close();
        }
    }
}
