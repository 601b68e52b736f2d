package io.sparkmlflow.it;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.store.ModelRegistry;
import io.sparkmlflow.store.ModelRegistryContract;
import io.sparkmlflow.store.RegistrySearchContract;
import io.sparkmlflow.store.StoreFactory;
import io.sparkmlflow.store.TrackingSearchContract;
import io.sparkmlflow.store.TrackingStore;
import io.sparkmlflow.store.TrackingStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/** The contracts of the stores hold on the REST store in front of a real {@code mlflow server}. */
class RestContractsIT {
    private static MlflowServer server;

    @BeforeAll
    static void startServer() {
        Path directory = Checkout.newWorkFolder("rest-contracts");
        server = MlflowServer.start(directory, "sqlite:///" + directory.resolve("server.db"));
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    private static TrackingStore tracking() {
        return StoreFactory.openTracking(config());
    }

    private static ModelRegistry registry() {
        return StoreFactory.openRegistry(config());
    }

    private static MlflowConfig config() {
        return MlflowConfig.fromEnvironment()
                .with(Setting.TRACKING_URI, server.uri())
                .with(Setting.REGISTRY_URI, server.uri());
    }

    @Nested
    class Tracking extends TrackingStoreContract {
        @Override
        protected TrackingStore open() {
            return tracking();
        }
    }

    @Nested
    class TrackingSearch extends TrackingSearchContract {
        @Override
        protected TrackingStore open() {
            return tracking();
        }
    }

    @Nested
    class Registry extends ModelRegistryContract {
        @Override
        protected TrackingStore openTracking() {
            return tracking();
        }

        @Override
        protected ModelRegistry openRegistry() {
            return registry();
        }
    }

    @Nested
    class RegistrySearch extends RegistrySearchContract {
        @Override
        protected TrackingStore openTracking() {
            return tracking();
        }

        @Override
        protected ModelRegistry openRegistry() {
            return registry();
        }
    }
}
