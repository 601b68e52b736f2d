package io.sparkmlflow.udf;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.mllib.ScalaInterop;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.model.ModelSignature;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.SparkSession;

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
        return stores(config(spark)).toString();
    }

    @Override
    public String resolve(SparkSession spark, String uri) {
        return client(spark).resolve(uri);
    }

    @Override
    public LoadedModel load(SparkSession spark, String resolvedUri) {
        io.sparkmlflow.mllib.LoadedModel loaded = SparkFlavor.load(spark, client(spark), resolvedUri);
        ModelSignature signature = loaded.signature();
        return signature == null
                ? new LoadedModel(loaded.model(), resolvedUri, List.of())
                : new LoadedModel(
                        loaded.model(), resolvedUri, signature.inputNames(), SignatureTypes.inputs(signature));
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
