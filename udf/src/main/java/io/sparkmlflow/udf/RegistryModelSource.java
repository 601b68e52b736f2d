package io.sparkmlflow.udf;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.mllib.ScalaInterop;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelSignature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Models of MLflow: {@code models:/name@alias}, {@code models:/name/3}, {@code runs:/…} or a folder.
 *
 * <p>The stores are those that the session's {@code spark.mlflow.*} settings or MLflow's environment variables name.
 */
public final class RegistryModelSource implements ModelSource {
    private final Map<Stores, MlflowClient> clients = new ConcurrentHashMap<>();

    /** The settings that decide which stores are asked. */
    private record Stores(String trackingUri, String registryUri) {}

    @Override
    public String store(SparkSession spark) {
        return stores(config(spark)) + PythonFunctionModel.environment(spark);
    }

    @Override
    public String resolve(SparkSession spark, String uri) {
        return client(spark).resolve(uri);
    }

    @Override
    public LoadedModel load(SparkSession spark, String resolvedUri) throws IOException {
        MlflowClient client = client(spark);
        MlModel mlmodel = SparkFlavor.describe(spark, client, resolvedUri);
        ModelSignature signature = mlmodel.signature().orElse(null);
        List<String> names = signature == null ? List.of() : signature.inputNames();
        StructType types = signature == null ? null : SignatureTypes.inputs(signature);
        List<String> flavors = mlmodel.flavorNames();
        boolean other = flavors.contains(OnnxModel.FLAVOR) || flavors.contains(PythonFunctionModel.FLAVOR);
        if (flavors.contains(SparkFlavor.NAME) || !other) {
            PipelineModel model =
                    SparkFlavor.load(spark, client, resolvedUri, mlmodel).model();
            return new LoadedModel(model, resolvedUri, names, types);
        }
        ModelRuntime runtime = runtime(spark, client, resolvedUri, mlmodel);
        return new LoadedModel(null, resolvedUri, names, types, runtime);
    }

    /** What runs in the JVM is preferred. */
    private static ModelRuntime runtime(SparkSession spark, MlflowClient client, String uri, MlModel mlmodel)
            throws IOException {
        List<String> flavors = mlmodel.flavorNames();
        boolean onnx = flavors.contains(OnnxModel.FLAVOR) && OnnxRuntime.isThere();
        if (!onnx && !flavors.contains(PythonFunctionModel.FLAVOR)) {
            throw OnnxRuntime.missing();
        }
        Path folder = client.localModelFolder(uri);
        return onnx ? OnnxModel.of(spark, uri, folder, mlmodel) : PythonFunctionModel.of(spark, uri, folder, mlmodel);
    }

    private MlflowClient client(SparkSession spark) {
        MlflowConfig config = config(spark);
        return clients.computeIfAbsent(stores(config), key -> MlflowClient.open(config));
    }

    private static MlflowConfig config(SparkSession spark) {
        return MlflowConfig.of(key -> ScalaInterop.orNull(spark.conf().getOption(key)), System.getenv());
    }

    private static Stores stores(MlflowConfig config) {
        return new Stores(
                MlflowClient.trackingUri(config),
                config.find(Setting.REGISTRY_URI).orElse(null));
    }
}
