package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.testing.FaultServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Stores that cannot be used cost one warning each: the program ends as it does without the listener. */
class MissingStoreIT {
    private static final Distribution SPARK = Distribution.inVenv();

    /** One JVM for all: what differs between the stores is over with each SparkContext, and starting Spark is what takes long. */
    @Test
    void theProgramEndsAsItDoesWithoutTheListener() throws IOException {
        Path directory = Checkout.newWorkFolder("missing-store");
        Path jar = Programs.jar(
                SPARK,
                directory,
                Checkout.root().resolve("integration-tests/src/test/apps/ManyStores.java"),
                Checkout.example("TrainBreastCancer.java"));
        // Below a regular file: root cannot write there either.
        Path file = Files.createFile(directory.resolve("file"));
        try (FaultServer errors =
                        FaultServer.start().otherwise(FaultServer.reply(500, "text/html", "<html>Oops</html>"));
                FaultServer busy =
                        FaultServer.start().otherwise(FaultServer.reply(429, "text/plain", "", "Retry-After: 1"));
                FaultServer silent = FaultServer.start().otherwise(FaultServer.stall());
                FaultServer slow = FaultServer.start().otherwise(FaultServer.drip())) {
            Map<String, String> stores = new LinkedHashMap<>();
            stores.put("folder", "sqlite:///" + file.resolve("mlflow.db"));
            stores.put("refuses", "http://127.0.0.1:" + FaultServer.closedPort());
            stores.put("errors", errors.uri());
            stores.put("busy", busy.uri());
            stores.put("silent", silent.uri());
            stores.put("slow", slow.uri());
            List<Object> arguments = new ArrayList<>(List.of(Checkout.trainingTable(), Checkout.heldOutTable()));
            stores.forEach((name, uri) -> arguments.addAll(List.of(uri, directory.resolve("spool-" + name))));

            Outcome outcome = SparkCommand.submit(SPARK, "ManyStores", jar, arguments.toArray())
                    .tracked()
                    .conf("spark.mlflow.flushTimeoutSeconds", "10")
                    .run(directory)
                    .assertSucceeded();

            List<String> outputs = List.of(outcome.stdout().split("--\n"));
            String withoutTheListener = outputs.get(outputs.size() - 1);
            assertThat(outputs).hasSize(stores.size() + 1).containsOnly(withoutTheListener);
            assertThat(withoutTheListener).contains("held-out accuracy");
            assertThat(outcome.ourWarnings()).hasSize(stores.size());
            int warning = 0;
            for (String name : stores.keySet()) {
                assertThat(outcome.ourWarnings().get(warning++))
                        .contains(directory.resolve("spool-" + name).toString());
            }
        }
    }
}
