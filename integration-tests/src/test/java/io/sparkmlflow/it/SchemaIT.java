package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.it.Tracked.TrackedRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Python's MLflow and we open the same database file, each after the other, without a migration complaint. */
class SchemaIT {
    private final Distribution spark = Distribution.inVenv();

    @Test
    void aFileThatWeMadeHasTheTablesOfOneThatPythonMade() {
        Training training = Training.on(spark);
        JsonNode ours = PythonMlflow.run(training.directory(), "schema_of.py", training.store());
        Path directory = Checkout.newWorkFolder("schema-python");
        JsonNode python = PythonMlflow.run(directory, "schema_of.py", PythonMlflow.defaultStore(directory));
        assertThat(ours).isEqualTo(python);
    }

    @Test
    void bothWriteToAFileThatPythonMade() {
        Path directory = Checkout.newWorkFolder("schema-both");
        String store = PythonMlflow.defaultStore(directory);
        PythonMlflow.run(directory, "log_run.py", store, "before");
        Training.command(spark, directory).tracked().run(directory).assertSucceeded();
        PythonMlflow.run(directory, "log_run.py", store, "after");

        Tracked tracked = PythonMlflow.describe(directory, store);
        assertThat(tracked.runs())
                .extracting(TrackedRun::name)
                .hasSize(4)
                .contains("before", "train-breast-cancer", "after");
        assertThat(tracked.runs()).extracting(TrackedRun::status).containsOnly("FINISHED");
    }
}
