package io.sparkmlflow.store.sql;

import io.sparkmlflow.store.TrackingSearchContract;
import io.sparkmlflow.store.TrackingStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteTrackingSearchTest extends TrackingSearchContract {
    @TempDir
    static Path folder;

    @Override
    protected TrackingStore open() {
        return SqlStores.openTracking(
                "sqlite:///" + folder.resolve("mlflow.db"),
                folder.resolve("mlruns").toString());
    }
}
