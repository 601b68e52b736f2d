package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.artifacts.HadoopArtifactStore;
import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.store.CreateModelVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.SparkSession;

/**
 * Saves, logs and loads fitted MLlib models in the folder format of Python's {@code mlflow.spark}.
 *
 * <p>A model that is no pipeline is wrapped into a {@link PipelineModel} of one stage, as Python does.
 *
 * @see <a href="https://mlflow.org/docs/latest/ml/model/">MLflow's model format</a>
 */
public final class SparkFlavor {
    /** The flavor's name in {@code MLmodel}. */
    public static final String NAME = "spark";

    static final String MODEL_DATA = "sparkml";

    private static final DateTimeFormatter PYTHON_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS");

    private SparkFlavor() {}

    /**
     * Writes a model's folder. Runs Spark jobs, so not to be called on Spark's listener bus.
     *
     * @param model a fitted model; every stage must be {@code MLWritable}
     * @param folder a local folder that does not exist yet; it appears only when it is complete
     * @param signature what the model takes and gives, or {@code null}
     * @param dfsTmpDir a folder on the cluster's default file system for the way through, used only if that is not local
     * @throws MlflowException if a stage cannot be written, or the files do not arrive
     */
    public static void save(
            SparkSession spark, Transformer model, Path folder, ModelSignature signature, String dfsTmpDir) {
        Path partial = folder.resolveSibling("." + folder.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            Files.createDirectories(partial);
            SparkMlFiles.write(spark, asPipeline(model), partial.resolve(MODEL_DATA), dfsTmpDir);
            writeMetadata(partial, signature, spark.version());
            Files.move(partial, folder);
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR, "Cannot write the model's folder " + folder + ": " + e.getMessage(), e);
        } finally {
            TemporaryFolders.delete(partial);
        }
    }

    /**
     * Uploads a saved model to a run, notes it in the run's model history and, if asked, registers it. Needs no running
     * Spark.
     *
     * @param folder what {@link #save} wrote; its {@code MLmodel} gets the run's id and the artifact path
     * @param artifactPath where below the run's artifacts, e.g. {@code model}
     * @param registeredModelName the registered model that gets a new version, or {@code null}
     */
    public static ModelInfo log(
            MlflowClient client, String runId, String artifactPath, Path folder, String registeredModelName) {
        MlModel mlmodel = MlModel.read(folder).set("run_id", runId).set("artifact_path", artifactPath);
        String artifactUri = client.tracking().getRun(runId).info().artifactUri();
        try (ArtifactStore artifacts = client.openArtifacts(artifactUri)) {
            mlmodel.write(folder);
            artifacts.uploadDirectory(folder, artifactPath);
            client.tracking().recordModel(runId, ModelHistory.entry(mlmodel));
            ModelVersion version = registeredModelName == null
                    ? null
                    : register(client, artifacts, artifactPath, registeredModelName, runId);
            return new ModelInfo("runs:/" + runId + "/" + artifactPath, version);
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR, "Cannot write the model's folder " + folder + ": " + e.getMessage(), e);
        }
    }

    /**
     * Loads a model with the {@code spark} flavor.
     *
     * @param modelUri a path, {@code runs:/…}, {@code models:/…} or an artifact URI
     * @throws MlflowException if there is no such model, or it has no {@code spark} flavor
     */
    public static LoadedModel load(SparkSession spark, MlflowClient client, String modelUri) {
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        HadoopArtifactStore.configureWith(() -> hadoop);
        Path folder = client.localModelFolder(modelUri);
        MlModel mlmodel = MlModel.read(folder);
        Map<String, Object> flavor = mlmodel.flavor(NAME)
                .orElseThrow(() -> MlflowException.invalidParameter("The model " + modelUri
                        + " has no 'spark' flavor (it has " + mlmodel.flavorNames()
                        + "): only models of MLlib can be loaded here"));
        String data = String.valueOf(flavor.getOrDefault("model_data", MODEL_DATA));
        PipelineModel model = SparkMlFiles.read(spark, folder.resolve(data), modelUri);
        return new LoadedModel(model, modelUri, mlmodel.signature().orElse(null));
    }

    private static PipelineModel asPipeline(Transformer model) {
        return model instanceof PipelineModel pipeline
                ? pipeline
                : new PipelineModel(
                        "PipelineModel_" + UUID.randomUUID().toString().substring(24), new Transformer[] {model});
    }

    private static void writeMetadata(Path folder, ModelSignature signature, String sparkVersion) throws IOException {
        ModelEnvironment environment = new ModelEnvironment(sparkVersion);
        environment.write(folder);
        Map<String, Object> spark = new LinkedHashMap<>();
        spark.put("pyspark_version", sparkVersion);
        spark.put("model_data", MODEL_DATA);
        spark.put("code", null);
        // A Python class name even for JVM pipelines: this is what Python's mlflow.spark expects to read.
        spark.put("model_class", "pyspark.ml.pipeline.PipelineModel");
        MlModel mlmodel = new MlModel()
                .setFlavor("python_function", environment.pythonFunctionFlavor())
                .setFlavor(NAME, spark)
                .set("mlflow_version", ModelEnvironment.MLFLOW_VERSION)
                .set("model_id", null)
                .set("model_size_bytes", sizeOf(folder))
                .set("model_uuid", UUID.randomUUID().toString().replace("-", ""))
                .set("prompts", null)
                .set("utc_time_created", PYTHON_TIME.format(LocalDateTime.now(ZoneOffset.UTC)));
        if (signature != null) {
            mlmodel.setSignature(signature);
        }
        mlmodel.write(folder);
    }

    private static long sizeOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static ModelVersion register(
            MlflowClient client, ArtifactStore artifacts, String artifactPath, String name, String runId)
            throws IOException {
        client.ensureRegisteredModel(name);
        String source = artifacts.rootUri() + "/" + artifactPath;
        ModelVersion version = client.registry()
                .createModelVersion(new CreateModelVersion(name, source, runId, null, null, null, Map.of()));
        Path meta = TemporaryFolders.create().resolve("registered_model_meta");
        try {
            Files.writeString(
                    meta,
                    "model_name: " + name + "\nmodel_version: '" + version.version() + "'\n",
                    StandardCharsets.UTF_8);
            artifacts.uploadFile(meta, artifactPath);
        } finally {
            TemporaryFolders.delete(meta.getParent());
        }
        return version;
    }
}
