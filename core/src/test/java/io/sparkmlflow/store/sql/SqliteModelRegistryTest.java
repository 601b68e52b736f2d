package io.sparkmlflow.store.sql;

import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.ModelRegistryContract;
import io.sparkmlflow.store.TrackingStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteModelRegistryTest extends ModelRegistryContract {
    @TempDir
    static Path folder;

    @Override
    protected TrackingStore openTracking() {
        return SqlStores.openTracking(
                "sqlite:///" + folder.resolve("mlflow.db"),
                folder.resolve("mlruns").toString());
    }

    @Override
    protected ModelRegistry openRegistry() {
        return SqlStores.openRegistry("sqlite:///" + folder.resolve("mlflow.db"));
    }
}
