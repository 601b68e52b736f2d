package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Models in buckets of a server that speaks S3, with endpoint and keys known to Spark's settings alone. */
class S3IT {
    @Test
    void modelsAreLoggedThereByProgramAndListenerAndLoadedInPlace() throws IOException {
        logAndLoad(Distribution.inVenv(), "s3a");
    }

    @Test
    void alsoWithTheFirstSdk() throws IOException {
        logAndLoad(Distribution.oldest(), "s3a-oldest");
    }

    private static void logAndLoad(Distribution spark, String jars) throws IOException {
        Path directory = Checkout.newWorkFolder(jars);
        String store = PythonMlflow.defaultStore(directory);
        try (MlflowClient client = new MlflowClient(store)) {
            client.tracking().createExperiment("tracked", "s3a://models/tracked", Map.of());
        }
        try (S3Server server = S3Server.start(directory, "models")) {
            Path program = Programs.jarWithBundle(spark, directory, "ModelsOnS3.java");
            Outcome outcome = SparkCommand.submit(
                            spark, "ModelsOnS3", program, store, "s3a://models/as-hadoop", "s3://models/as-python")
                    .tracked()
                    .forTinyData()
                    .jars(Checkout.copiedJars(jars))
                    .conf("spark.mlflow.experiment", "tracked")
                    .conf("spark.hadoop.fs.s3a.endpoint", server.endpoint())
                    .conf("spark.hadoop.fs.s3a.path.style.access", "true")
                    .conf("spark.hadoop.fs.s3a.access.key", S3Server.ACCESS_KEY)
                    .conf("spark.hadoop.fs.s3a.secret.key", S3Server.SECRET_KEY)
                    // The server's buckets are folders: it cannot delete the markers of folders, as Hadoop 3.3 does
                    // otherwise.
                    .conf("spark.hadoop.fs.s3a.directory.marker.retention", "keep")
                    .run(directory)
                    .assertSucceeded();

            assertThat(outcome.results())
                    .hasSize(10)
                    .contains("artifactUri s3a = true", "artifactUri s3 = true")
                    .allMatch(line -> line.endsWith(" = true"), "is true");
            assertThat(outcome.ourWarnings()).isEmpty();
            assertThat(server.objects("models"))
                    .anyMatch(key -> key.matches("tracked/[0-9a-f]{32}/artifacts/model/MLmodel"))
                    .anyMatch(key -> key.matches("as-hadoop/models/m-[0-9a-f]{32}/artifacts/MLmodel"))
                    .anyMatch(key -> key.matches("as-python/[0-9a-f]{32}/artifacts/model/MLmodel"));
            String kept = Files.readString(directory.resolve("mlflow.db"), StandardCharsets.ISO_8859_1);
            assertThat(outcome.stdout() + outcome.stderr() + kept).doesNotContain(S3Server.SECRET_KEY);
        }
    }
}
