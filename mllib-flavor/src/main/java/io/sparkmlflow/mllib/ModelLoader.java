package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.artifacts.ArtifactStore;
import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads models with the {@code spark} flavor into one session.
 *
 * <p>Of a model that the cluster can read where it is, only {@code MLmodel} is read here; the rest is Spark's own {@code
 * PipelineModel.load}. See {@link ModelPlacement} for the others.
 */
final class ModelLoader {
    private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);
    private static final String CONNECT_CLASSES = "pyspark.ml.connect.";

    private final SparkSession spark;
    private final MlflowClient client;

    ModelLoader(SparkSession spark, MlflowClient client) {
        this.spark = spark;
        this.client = client;
    }

    /**
     * Loads a model. Runs Spark jobs.
     * @throws MlflowException in one sentence: which model cannot be loaded, why, and what to do
     */
    LoadedModel load(String modelUri) {
        return withFiles(modelUri, files -> load(files, modelUri, readMlModel(files, modelUri)));
    }

    /** Loads a model whose {@code MLmodel} is known. */
    LoadedModel load(String modelUri, MlModel mlmodel) {
        return withFiles(modelUri, files -> load(files, modelUri, mlmodel));
    }

    /** Reads a model's {@code MLmodel}. */
    MlModel describe(String modelUri) {
        return withFiles(modelUri, files -> readMlModel(files, modelUri));
    }

    private interface Reader<T> {
        T read(ArtifactStore files) throws IOException;
    }

    private <T> T withFiles(String modelUri, Reader<T> reader) {
        SparkFileSystems.share(spark.sparkContext());
        try (ArtifactStore files = client.openArtifacts(client.resolve(modelUri))) {
            return reader.read(files);
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR, "Cannot read the model " + modelUri + ": " + e.getMessage(), e);
        }
    }

    private LoadedModel load(ArtifactStore files, String modelUri, MlModel mlmodel) throws IOException {
        Map<String, Object> flavor = sparkFlavor(mlmodel, modelUri);
        warnOfNewerSpark(flavor, modelUri);
        String data = String.valueOf(flavor.getOrDefault("model_data", SparkFlavor.MODEL_DATA));
        PipelineModel model;
        try (ModelPlacement placement =
                ModelPlacement.choose(spark, client.tracking().uri(), files, data)) {
            model = read(placement, modelUri);
        }
        return new LoadedModel(model, modelUri, mlmodel.signature().orElse(null));
    }

    private static MlModel readMlModel(ArtifactStore files, String modelUri) throws IOException {
        try (InputStream content = files.open(MlModel.FILE_NAME)) {
            return MlModel.parse(new String(content.readAllBytes(), StandardCharsets.UTF_8));
        } catch (MlflowException e) {
            if (e.errorCode() != ErrorCode.RESOURCE_DOES_NOT_EXIST) {
                throw e;
            }
            throw MlflowException.notFound(withoutMlModel(files, modelUri));
        }
    }

    private static String withoutMlModel(ArtifactStore files, String modelUri) {
        if (!files.list("metadata").isEmpty()) {
            return "There is no file MLmodel at " + modelUri + ", but what Spark's own save() writes: load it with"
                    + " PipelineModel.load, or save it with MlflowSpark.saveModel";
        }
        String where = modelUri.equals(files.rootUri()) ? modelUri : modelUri + " (" + files.rootUri() + ")";
        return files.list("").isEmpty()
                ? "There is no model at " + where + ": the folder is missing or empty"
                : "There is no file MLmodel at " + where + ": it is not the folder of an MLflow model";
    }

    private static Map<String, Object> sparkFlavor(MlModel mlmodel, String modelUri) {
        Map<String, Object> flavor = mlmodel.flavor(SparkFlavor.NAME)
                .orElseThrow(() -> MlflowException.invalidParameter("The model " + modelUri
                        + " has no 'spark' flavor (it has " + mlmodel.flavorNames()
                        + "): only models of MLlib can be loaded here"));
        String modelClass = String.valueOf(flavor.get("model_class"));
        if (modelClass.startsWith(CONNECT_CLASSES)) {
            throw MlflowException.invalidParameter("The model " + modelUri + " is a " + modelClass
                    + ", which exists in Python only (pyspark.ml.connect is written in Python): load it there with"
                    + " mlflow.spark.load_model, or fit its counterpart in pyspark.ml to use it here");
        }
        return flavor;
    }

    private void warnOfNewerSpark(Map<String, Object> flavor, String modelUri) {
        String saved = String.valueOf(flavor.get("pyspark_version"));
        if (SparkVersions.isNewerLine(saved, spark.version())) {
            LOG.warn(
                    "The model {} was saved by Spark {}, and this is Spark {}: if it loads at all, see that it predicts the same",
                    modelUri,
                    saved,
                    spark.version());
        }
    }

    /** Lets Spark read the folder. Scala code throws checked exceptions that it does not declare. */
    private PipelineModel read(ModelPlacement placement, String modelUri) throws IOException {
        SparkMlFolder folder =
                SparkMlFolder.list(spark.sparkContext().hadoopConfiguration(), placement.uri(), modelUri);
        folder.requireWhole();
        PipelineModel model;
        try {
            model = PipelineModel.read().session(spark).load(placement.uri());
        } catch (Exception | LinkageError e) {
            model = readPythons(placement, folder, e);
        }
        placement.keepIf(() -> LazyModels.isAmong(folder.stages()));
        return model;
    }

    /** Reads a pipeline that PySpark wrote as its own; explains why another model could not be read. */
    private PipelineModel readPythons(ModelPlacement placement, SparkMlFolder folder, Throwable reason) {
        Optional<PipelineModel> model;
        try {
            model = PythonPipelines.read(spark, placement.uri(), folder);
        } catch (Exception | LinkageError e) { // as above
            throw new LoadFailure(folder, spark.version()).explain(e);
        }
        return model.orElseThrow(() -> new LoadFailure(folder, spark.version()).explain(reason));
    }
}
