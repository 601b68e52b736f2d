package io.sparkmlflow.store.sql;

import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.TrackingStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteTrackingStoreTest extends TrackingStoreContract {
    @TempDir
    static Path folder;

    @Override
    protected TrackingStore open() {
        return SqlStores.openTracking(
                "sqlite:///" + folder.resolve("mlflow.db"),
                folder.resolve("mlruns").toString());
    }
}
