package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.Mlflow;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.Run;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.CreateRun;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.SparkSession;

/** Saves, logs and loads models with the stores that the Spark session's settings or the environment name. */
public final class SparkModels {
    /** Two letters at least: one is a Windows drive. */
    private static final Pattern URI_WITH_SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

    private static final Map<Stores, MlflowClient> CLIENTS = new ConcurrentHashMap<>();

    private SparkModels() {}

    private record Stores(String trackingUri, String registryUri) {}

    /** Saves a model to a path, a {@code file:} URI or an artifact URI. */
    public static void save(Transformer model, String path, ModelOptions options) {
        SparkSession spark = SparkSession.active();
        MlflowConfig config = config(spark);
        String dfsTmpDir = dfsTmpDir(options, config);
        if (isLocal(path)) {
            Path folder = path.startsWith("file:") ? Path.of(URI.create(path)) : Path.of(path);
            SparkFlavor.save(spark, model, folder.toAbsolutePath().normalize(), dfsTmpDir, options);
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
        boolean logged = false;
        try {
            ModelInfo info = SparkFlavor.log(spark, run.client(), model, run.runId(), name, dfsTmpDir, options);
            logged = true;
            return info;
        } finally {
            run.end(logged ? RunStatus.FINISHED : RunStatus.FAILED);
        }
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
        boolean logged = false;
        try {
            ModelInfo info = SparkFlavor.log(spark, client, model, runId, name, dfsTmpDir, options);
            logged = true;
            return info;
        } finally {
            RunStatus status = logged ? RunStatus.FINISHED : RunStatus.FAILED;
            client.tracking().updateRun(runId, status, System.currentTimeMillis(), null);
        }
    }

    /** Loads a model of the {@code spark} flavor. */
    public static PipelineModel load(String modelUri) {
        SparkSession spark = SparkSession.active();
        return SparkFlavor.load(spark, client(spark, config(spark)), modelUri).model();
    }

    private static boolean isLocal(String path) {
        return path.startsWith("file:") || !URI_WITH_SCHEME.matcher(path).matches();
    }

    /** Returns the client of the stores that the session names, else the fluent API's, whose URIs a program may have set. */
    private static MlflowClient client(SparkSession spark, MlflowConfig config) {
        if (!names(spark, Setting.TRACKING_URI, Setting.REGISTRY_URI)) {
            return Mlflow.client();
        }
        Stores stores = new Stores(
                config.find(Setting.TRACKING_URI).orElse(null),
                config.find(Setting.REGISTRY_URI).orElse(null));
        return CLIENTS.computeIfAbsent(stores, key -> MlflowClient.open(config));
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
        return name == null
                ? config.find(Setting.EXPERIMENT_ID).orElseThrow()
                : client.tracking()
                        .findExperimentByName(name)
                        .map(Experiment::experimentId)
                        .orElseGet(() -> client.tracking().createExperiment(name, null, Map.of()));
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
