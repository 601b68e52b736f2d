package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The server that other tests use is one that Python's MLflow takes. */
class PostgresServerIT {
    @Test
    void pythonMakesItsTablesInANewDatabase() {
        Path directory = Checkout.newWorkFolder("postgres-server");
        try (PostgresServer server = PostgresServer.start()) {
            String store = server.newDatabase();
            PythonMlflow.run(directory, "log_run.py", store, "first");

            assertThat(PythonMlflow.describe(directory, store).runs())
                    .extracting(Tracked.TrackedRun::name)
                    .containsExactly("first");
            assertThat(PythonMlflow.describe(directory, server.newDatabase()).runs())
                    .isEmpty();
        }
    }
}
