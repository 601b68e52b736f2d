package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelSignature;
import java.io.IOException;
import java.nio.file.Path;
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
        ModelOptions.Builder options = ModelOptions.builder();
        save(
                spark,
                model,
                folder,
                dfsTmpDir,
                (signature == null ? options.withoutSignature() : options.signature(signature)).build());
    }

    /**
     * Writes a model's folder with what the options ask for; those that are about logging do not count. Runs Spark jobs.
     *
     * @param folder a local path where nothing is yet, or an empty folder; it appears only when it is complete
     * @param dfsTmpDir a folder on the cluster's default file system for the way through, used only if that is not local
     * @throws MlflowException if a stage cannot be written, an option cannot be followed, or the files do not arrive
     */
    public static void save(
            SparkSession spark, Transformer model, Path folder, String dfsTmpDir, ModelOptions options) {
        new ModelFolder(spark, model, options).write(folder, dfsTmpDir);
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
        ModelOptions.Builder options = ModelOptions.builder().loggedModel(LoggedModelMode.RUN);
        if (registeredModelName != null) {
            options.registeredModelName(registeredModelName);
        }
        return new ModelLog(client, runId, artifactPath, new SavedModel(folder)).log(options.build());
    }

    /**
     * Logs a model to a run and, if asked, registers it. Runs Spark jobs.
     *
     * <p>Executors write straight to the artifact location if they can: anything that Hadoop has a file system for, this disk in
     * a local master, or a tracking server in a cluster. Else the model goes through a temporary folder of this machine.
     *
     * @param name where below the run's artifacts, and what the logged model is called, e.g. {@code model}
     * @param dfsTmpDir as for {@link #save}
     * @throws MlflowException if something fails; then there is no version, and a logged model of MLflow 3 whose files did
     *     not all arrive is not READY
     */
    public static ModelInfo log(
            SparkSession spark,
            MlflowClient client,
            Transformer model,
            String runId,
            String name,
            String dfsTmpDir,
            ModelOptions options) {
        ModelLog.requireLoggable(client, runId, name, options.loggedModel());
        SparkFileSystems.share(spark.sparkContext());
        try (FittedModel content = new FittedModel(spark, client, model, dfsTmpDir, options)) {
            return new ModelLog(client, runId, name, content).log(options);
        } catch (IOException e) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot make the files of the model '" + name + "': " + e.getMessage(),
                    e);
        }
    }

    /**
     * Loads a model with the {@code spark} flavor. Runs Spark jobs.
     *
     * <p>A model that the cluster can read where it is, is loaded there; otherwise it is copied to a temporary place first,
     * below {@code spark.mlflow.dfsTmpDir} if the default file system is not this machine's disk. The copy is deleted after
     * loading, or when the JVM ends if the model goes on reading it (ALS, FP-growth, the imputer, distributed LDA, and models
     * that are not of MLlib).
     *
     * @param modelUri a path, {@code runs:/…}, {@code models:/…} or an artifact URI, also one of a file system of Hadoop
     * @throws MlflowException if there is no such model, it has no {@code spark} flavor, or Spark cannot read it: in one
     *     sentence with the cause and the way out
     */
    public static LoadedModel load(SparkSession spark, MlflowClient client, String modelUri) {
        return new ModelLoader(spark, client).load(modelUri);
    }

    /**
     * Loads a model that {@link #describe} was asked for before.
     *
     * @param mlmodel what it said
     */
    public static LoadedModel load(SparkSession spark, MlflowClient client, String modelUri, MlModel mlmodel) {
        return new ModelLoader(spark, client).load(modelUri, mlmodel);
    }

    /**
     * Reads the file {@code MLmodel} of a model of any flavor, in any place that {@link #load} takes.
     *
     * @throws MlflowException if there is no such model; the message says what is there instead
     */
    public static MlModel describe(SparkSession spark, MlflowClient client, String modelUri) {
        return new ModelLoader(spark, client).describe(modelUri);
    }
}
