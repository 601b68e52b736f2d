package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.Mlflow;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.Run;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.ArtifactStores;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.CreateRun;
import java.io.IOException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves, logs and loads models with the stores that the Spark session's settings or the environment name. */
public final class SparkModels {
    /** Two letters at least: one is a Windows drive. */
    private static final Pattern URI_WITH_SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

    /** What a client does not depend on. */
    private static final Set<Setting> NOT_OF_CLIENTS = EnumSet.of(
            Setting.EXPERIMENT_NAME,
            Setting.EXPERIMENT_ID,
            Setting.RUN_NAME,
            Setting.REGISTERED_MODEL_NAME,
            Setting.DFS_TMPDIR);

    /** Open until the JVM ends, as the fluent API's: a program has few configurations, and opening a store takes long. */
    private static final Map<Map<Setting, String>, MlflowClient> CLIENTS = new ConcurrentHashMap<>();

    private static final Logger LOG = LoggerFactory.getLogger(SparkModels.class);

    private SparkModels() {}

    /** Saves a model to a path, a {@code file:} URI or an artifact URI. */
    public static void save(Transformer model, String path, ModelOptions options) {
        requireGiven("model", model);
        requireGiven("path", path);
        SparkSession spark = SparkSession.active();
        MlflowConfig config = config(spark);
        String dfsTmpDir = dfsTmpDir(options, config);
        if (isLocal(path)) {
            SparkFlavor.save(spark, model, ArtifactStores.localPath(path), dfsTmpDir, options);
            return;
        }
        SparkFileSystems.share(spark.sparkContext());
        try (ArtifactStore target = client(spark, config).openArtifacts(path)) {
            if (!target.list(null).isEmpty()) {
                throw MlflowException.invalidParameter(
                        "The path '" + path + "' exists and is not empty: a model needs a folder of its own");
            }
            writeTo(target, spark, config, model, dfsTmpDir, options);
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR, "Cannot write the model to '" + path + "': " + e.getMessage(), e);
        }
    }

    private static void writeTo(
            ArtifactStore target,
            SparkSession spark,
            MlflowConfig config,
            Transformer model,
            String dfsTmpDir,
            ModelOptions options)
            throws IOException {
        boolean complete = false;
        try (FittedModel content = new FittedModel(spark, client(spark, config), model, dfsTmpDir, options)) {
            try {
                content.writeTo(target, null, UnaryOperator.identity());
                complete = true;
            } finally {
                if (!complete) {
                    content.withdraw();
                }
            }
        }
    }

    /**
     * Logs a model to the run that the options name, else to the thread's active run, else to a new one, which is ended
     * afterwards.
     */
    public static ModelInfo log(Transformer model, String name, ModelOptions options) {
        requireGiven("model", model);
        ModelNames.require(name, options.loggedModel());
        SparkSession spark = SparkSession.active();
        MlflowConfig config = config(spark);
        String dfsTmpDir = dfsTmpDir(options, config);
        Run active = Mlflow.activeRun().orElse(null);
        if (active != null && (options.runId() == null || options.runId().equals(active.runId()))) {
            return SparkFlavor.log(spark, active.client(), model, active.runId(), name, dfsTmpDir, options);
        }
        MlflowClient client = client(spark, config);
        if (options.runId() != null) {
            return SparkFlavor.log(spark, client, model, options.runId(), name, dfsTmpDir, options);
        }
        if (names(spark, Setting.TRACKING_URI, Setting.REGISTRY_URI, Setting.EXPERIMENT_NAME, Setting.EXPERIMENT_ID)) {
            return logToNewRun(spark, client, config, model, name, dfsTmpDir, options);
        }
        Run run = Mlflow.startRun();
        return inRun(
                run.runId(),
                () -> SparkFlavor.log(spark, run.client(), model, run.runId(), name, dfsTmpDir, options),
                run::end);
    }

    /** Ends the run whatever happens; the model counts for more than how its run ends. */
    static ModelInfo inRun(String runId, Supplier<ModelInfo> logging, Consumer<RunStatus> end) {
        ModelInfo info;
        try {
            info = logging.get();
        } catch (RuntimeException | Error e) {
            Uninterrupted.runAfter(e, () -> end.accept(RunStatus.FAILED));
            throw e;
        }
        try {
            end.accept(RunStatus.FINISHED);
        } catch (MlflowException e) {
            LOG.warn(
                    "The model {} is logged, but its run {} could not be ended: {}",
                    info.modelUri(),
                    runId,
                    e.getMessage());
        }
        return info;
    }

    private static ModelInfo logToNewRun(
            SparkSession spark,
            MlflowClient client,
            MlflowConfig config,
            Transformer model,
            String name,
            String dfsTmpDir,
            ModelOptions options) {
        String runId = startRun(client, config);
        return inRun(
                runId,
                () -> SparkFlavor.log(spark, client, model, runId, name, dfsTmpDir, options),
                status -> client.tracking().updateRun(runId, status, System.currentTimeMillis(), null));
    }

    /** Loads a model of the {@code spark} flavor. */
    public static PipelineModel load(String modelUri) {
        requireGiven("model's URI", modelUri);
        SparkSession spark = SparkSession.active();
        return SparkFlavor.load(spark, client(spark, config(spark)), modelUri).model();
    }

    /** What is missing comes as {@code None} from Python. */
    private static void requireGiven(String what, Object value) {
        if (value == null) {
            throw MlflowException.invalidParameter("The " + what + " is null: expected one");
        }
    }

    private static boolean isLocal(String path) {
        return path.regionMatches(true, 0, "file:", 0, 5)
                || !URI_WITH_SCHEME.matcher(path).matches();
    }

    /** Returns the client of the stores that the session names, else the fluent API's, whose URIs a program may have set. */
    private static MlflowClient client(SparkSession spark, MlflowConfig config) {
        if (!names(spark, Setting.TRACKING_URI, Setting.REGISTRY_URI)) {
            return Mlflow.client();
        }
        Map<Setting, String> key = new EnumMap<>(Setting.class);
        for (Setting setting : EnumSet.complementOf(EnumSet.copyOf(NOT_OF_CLIENTS))) {
            config.find(setting).ifPresent(value -> key.put(setting, value));
        }
        return CLIENTS.computeIfAbsent(key, settings -> MlflowClient.open(config));
    }

    private static boolean names(SparkSession spark, Setting... settings) {
        return Stream.of(settings).anyMatch(setting -> spark.conf().contains(setting.sparkKey()));
    }

    private static String startRun(MlflowClient client, MlflowConfig config) {
        String user = System.getProperty("user.name", "unknown");
        String runName = config.find(Setting.RUN_NAME).orElse(null);
        return client.tracking()
                .createRun(new CreateRun(
                        experimentId(client, config),
                        runName,
                        user,
                        System.currentTimeMillis(),
                        Map.of(MlflowTags.USER, user)))
                .info()
                .runId();
    }

    private static String experimentId(MlflowClient client, MlflowConfig config) {
        String name = config.find(Setting.EXPERIMENT_NAME).orElse(null);
        return name == null ? config.find(Setting.EXPERIMENT_ID).orElseThrow() : client.ensureExperiment(name);
    }

    private static MlflowConfig config(SparkSession spark) {
        return MlflowConfig.of(key -> ScalaInterop.orNull(spark.conf().getOption(key)), System.getenv());
    }

    private static String dfsTmpDir(ModelOptions options, MlflowConfig config) {
        return options.dfsTmpDir() != null
                ? options.dfsTmpDir()
                : config.find(Setting.DFS_TMPDIR).orElseThrow();
    }
}
