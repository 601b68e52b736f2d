package io.sparkmlflow.udf;

import io.sparkmlflow.config.Setting;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ParamSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model of the flavor {@code python_function}, which Spark's own Python workers load and run. */
final class PythonFunctionModel implements ModelRuntime {
    static final String FLAVOR = "python_function";

    private static final String LOCAL = "local";
    private static final String VIRTUALENV = "virtualenv";
    private static final Logger LOG = LoggerFactory.getLogger(PythonFunctionModel.class);

    private final String key = UUID.randomUUID().toString();
    private final WorkerPython python;
    private final SharedFolder folder;
    private final ModelSignature signature;

    private PythonFunctionModel(WorkerPython python, SharedFolder folder, ModelSignature signature) {
        this.python = python;
        this.folder = folder;
        this.signature = signature;
    }

    /**
     * Prepares a model.
     *
     * @param folder the model's files on the driver
     * @throws ModelExpressionException if Python can't run it
     */
    static PythonFunctionModel of(SparkSession spark, String uri, Path folder, MlModel mlmodel) throws IOException {
        return new PythonFunctionModel(
                python(spark, uri, folder, mlmodel),
                SharedFolder.share(spark, folder),
                mlmodel.signature().orElse(null));
    }

    /** Returns what a session says about the Python of its models: another one makes another model. */
    static String environment(SparkSession spark) {
        return spark.conf().get(Setting.FUNCTIONS_ENV_MANAGER.sparkKey(), LOCAL)
                + spark.conf().get(Setting.FUNCTIONS_ENV_ROOT.sparkKey(), "");
    }

    private static WorkerPython python(SparkSession spark, String uri, Path folder, MlModel mlmodel)
            throws IOException {
        String key = Setting.FUNCTIONS_ENV_MANAGER.sparkKey();
        String manager = spark.conf().get(key, LOCAL);
        return switch (manager) {
            case LOCAL -> local(spark, uri, folder, mlmodel);
            case VIRTUALENV ->
                PythonEnvironment.of(
                        uri,
                        folder,
                        mlmodel,
                        PythonInterpreter.executable(spark),
                        spark.conf().get(Setting.FUNCTIONS_ENV_ROOT.sparkKey(), null));
            default ->
                throw new ModelExpressionException("it is run by Python, and " + key + "=" + manager
                        + " can't be followed: it is " + LOCAL + ", the Python of Spark's workers, or " + VIRTUALENV
                        + ", an environment that each node makes of the model's requirements.txt");
        };
    }

    /** Says in one warning where the workers' Python is not the one that the model was made with. */
    private static PythonInterpreter local(SparkSession spark, String uri, Path folder, MlModel mlmodel) {
        PythonInterpreter python = PythonInterpreter.of(spark);
        List<String> mismatches = ModelRequirements.mismatches(folder, mlmodel, python);
        if (!mismatches.isEmpty()) {
            LOG.warn(
                    "The model {} wants another Python environment than {}, so predictions may differ or fail: {}; {}={}"
                            + " makes it one of its own",
                    uri,
                    python.executable(),
                    String.join(", ", mismatches),
                    Setting.FUNCTIONS_ENV_MANAGER.sparkKey(),
                    VIRTUALENV);
        }
        return python;
    }

    @Override
    public List<ParamSpec> params() {
        return signature == null ? List.of() : signature.params();
    }

    @Override
    public ModelFunction function(SparkSession spark, String uri, StructType given, Map<String, Object> params) {
        boolean caseSensitive = Boolean.parseBoolean(spark.conf().get("spark.sql.caseSensitive"));
        return new PythonModelFunction(
                new PythonModelFunction.Model(uri, key, python, folder),
                ModelInputs.choose(uri, signature, given, caseSensitive),
                ModelOutputs.of(uri, signature),
                params,
                spark.conf().get("spark.sql.session.timeZone"));
    }

    @Override
    public long bytes() {
        return folder.driverBytes();
    }

    @Override
    public void release() {
        folder.release();
    }
}
