package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.TemporaryFolders;
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
import java.util.regex.Pattern;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.SparkSession;

/** Saves, logs and loads models with the stores that the Spark session's settings or the environment name. */
public final class SparkModels {
    /** Two letters at least: one is a Windows drive. */
    private static final Pattern URI_WITH_SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

    private SparkModels() {}

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
        Path staging = null;
        try (MlflowClient client = MlflowClient.open(config);
                ArtifactStore target = client.openArtifacts(path)) {
            if (!target.list(null).isEmpty()) {
                throw MlflowException.invalidParameter(
                        "The path '" + path + "' exists and is not empty: a model needs a folder of its own");
            }
            staging = TemporaryFolders.create();
            SparkFlavor.save(spark, model, staging.resolve("model"), dfsTmpDir, options);
            target.uploadDirectory(staging.resolve("model"), null);
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR, "Cannot make a temporary folder for a model: " + e.getMessage(), e);
        } finally {
            if (staging != null) {
                TemporaryFolders.delete(staging);
            }
        }
    }

    /** Logs a model to the run that the options name, else to a new one, which is ended then. */
    public static ModelInfo log(Transformer model, String name, ModelOptions options) {
        SparkSession spark = SparkSession.active();
        MlflowConfig config = config(spark);
        String dfsTmpDir = dfsTmpDir(options, config);
        try (MlflowClient client = MlflowClient.open(config)) {
            if (options.runId() != null) {
                return SparkFlavor.log(spark, client, model, options.runId(), name, dfsTmpDir, options);
            }
            String runId = startRun(client, config, spark.sparkContext().sparkUser());
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
    }

    /** Loads a model of the {@code spark} flavor. */
    public static PipelineModel load(String modelUri) {
        SparkSession spark = SparkSession.active();
        try (MlflowClient client = MlflowClient.open(config(spark))) {
            return SparkFlavor.load(spark, client, modelUri).model();
        }
    }

    private static boolean isLocal(String path) {
        return path.startsWith("file:") || !URI_WITH_SCHEME.matcher(path).matches();
    }

    private static String startRun(MlflowClient client, MlflowConfig config, String user) {
        String experimentName = config.find(Setting.EXPERIMENT_NAME).orElse(null);
        String experimentId = experimentName == null
                ? config.find(Setting.EXPERIMENT_ID).orElseThrow()
                : client.tracking()
                        .findExperimentByName(experimentName)
                        .map(Experiment::experimentId)
                        .orElseGet(() -> client.tracking().createExperiment(experimentName, null, Map.of()));
        String runName = config.find(Setting.RUN_NAME).orElse(null);
        return client.tracking()
                .createRun(new CreateRun(
                        experimentId, runName, user, System.currentTimeMillis(), Map.of(MlflowTags.USER, user)))
                .info()
                .runId();
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
