package io.sparkmlflow.udf;

import io.sparkmlflow.config.Setting;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ParamSpec;
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

    private static final Logger LOG = LoggerFactory.getLogger(PythonFunctionModel.class);

    private final String key = UUID.randomUUID().toString();
    private final PythonInterpreter python;
    private final SharedFolder folder;
    private final ModelSignature signature;

    private PythonFunctionModel(PythonInterpreter python, SharedFolder folder, ModelSignature signature) {
        this.python = python;
        this.folder = folder;
        this.signature = signature;
    }

    /**
     * Prepares a model. Says in one warning where the workers' Python is not the one that the model was made with.
     *
     * @param folder the model's files on the driver
     * @throws ModelExpressionException if Python can't run it
     */
    static PythonFunctionModel of(SparkSession spark, String uri, Path folder, MlModel mlmodel) {
        requireLocalEnvironment(spark);
        PythonInterpreter python = PythonInterpreter.of(spark);
        List<String> mismatches = ModelRequirements.mismatches(folder, mlmodel, python);
        if (!mismatches.isEmpty()) {
            LOG.warn(
                    "The model {} wants another Python environment than {}, so predictions may differ or fail: {}",
                    uri,
                    python.executable(),
                    String.join(", ", mismatches));
        }
        return new PythonFunctionModel(
                python, SharedFolder.share(spark, folder), mlmodel.signature().orElse(null));
    }

    private static void requireLocalEnvironment(SparkSession spark) {
        Setting setting = Setting.FUNCTIONS_ENV_MANAGER;
        String manager = spark.conf().get(setting.sparkKey(), setting.defaultValue());
        if (!manager.equals(setting.defaultValue())) {
            throw new ModelExpressionException("it is run by Python, and " + setting.sparkKey() + "=" + manager
                    + " can't be followed: only local is supported; give the workers an environment with the model's"
                    + " requirements.txt by spark.pyspark.python, on a cluster with --archives");
        }
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
