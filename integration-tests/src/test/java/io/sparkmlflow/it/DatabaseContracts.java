package io.sparkmlflow.it;

import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.ModelRegistryContract;
import io.sparkmlflow.store.RegistrySearchContract;
import io.sparkmlflow.store.TrackingSearchContract;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.TrackingStoreContract;
import io.sparkmlflow.store.sql.SqlStores;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;

/** The contracts hold in a database server, in a database that we made and in one that Python's MLflow made. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DatabaseContracts {
    private Path directory;
    private String ours;
    private String pythons;

    abstract DatabaseServer server();

    /** Returns an empty database that orders and compares texts as SQLite does. */
    String newDatabase() {
        return server().newDatabase();
    }

    @BeforeAll
    void makeDatabases() {
        directory = Checkout.newWorkFolder(getClass().getSimpleName());
        ours = newDatabase();
        pythons = server().newDatabase();
        PythonMlflow.describe(directory, pythons);
    }

    private TrackingStore tracking(String uri) {
        return SqlStores.openTracking(uri, directory.resolve("mlruns").toString());
    }

    @Nested
    class Tracking extends TrackingStoreContract {
        @Override
        protected TrackingStore open() {
            return tracking(ours);
        }
    }

    @Nested
    class TrackingSearch extends TrackingSearchContract {
        @Override
        protected TrackingStore open() {
            return tracking(ours);
        }
    }

    @Nested
    class Registry extends ModelRegistryContract {
        @Override
        protected TrackingStore openTracking() {
            return tracking(ours);
        }

        @Override
        protected ModelRegistry openRegistry() {
            return SqlStores.openRegistry(ours);
        }
    }

    @Nested
    class RegistrySearch extends RegistrySearchContract {
        @Override
        protected TrackingStore openTracking() {
            return tracking(ours);
        }

        @Override
        protected ModelRegistry openRegistry() {
            return SqlStores.openRegistry(ours);
        }
    }

    @Nested
    class TrackingInPythonsDatabase extends TrackingStoreContract {
        @Override
        protected TrackingStore open() {
            return tracking(pythons);
        }
    }

    @Nested
    class RegistryInPythonsDatabase extends ModelRegistryContract {
        @Override
        protected TrackingStore openTracking() {
            return tracking(pythons);
        }

        @Override
        protected ModelRegistry openRegistry() {
            return SqlStores.openRegistry(pythons);
        }
    }
}
