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
    public String resolve(SparkSession spark, String uri) {
        return client(spark).resolve(uri);
    }

    @Override
    public LoadedModel load(SparkSession spark, String resolvedUri) {
        io.sparkmlflow.mllib.LoadedModel loaded = SparkFlavor.load(spark, client(spark), resolvedUri);
        ModelSignature signature = loaded.signature();
        return new LoadedModel(loaded.model(), resolvedUri, signature == null ? List.of() : signature.inputNames());
    }

    private MlflowClient client(SparkSession spark) {
        MlflowConfig config =
                MlflowConfig.of(key -> ScalaInterop.orNull(spark.conf().getOption(key)), System.getenv());
        Stores stores = new Stores(
                MlflowClient.trackingUri(config),
                config.find(Setting.REGISTRY_URI).orElse(null));
        return clients.computeIfAbsent(stores, key -> MlflowClient.open(config));
    }
}
