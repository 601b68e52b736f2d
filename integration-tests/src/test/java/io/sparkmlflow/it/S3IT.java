package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Models in buckets of a server that speaks S3, with endpoint and keys known to Spark's settings alone. */
class S3IT {
    @Test
    void executorsWriteThereDirectly() throws IOException {
        assertThat(logAndLoad(Distribution.inVenv(), "s3a", true))
                .contains("written s3a by executors", "written s3 by executors");
    }

    @Test
    void oneMachineUploads() throws IOException {
        assertThat(logAndLoad(Distribution.oldest(), "s3a-oldest", false))
                .contains("written s3a by an upload", "written s3 by an upload");
    }

    /** Returns what the program said. */
    private static List<String> logAndLoad(Distribution spark, String jars, boolean onCluster) throws IOException {
        Path directory = Checkout.newWorkFolder(jars);
        String store = PythonMlflow.defaultStore(directory);
        try (MlflowClient client = new MlflowClient(store)) {
            client.tracking().createExperiment("tracked", "s3a://models/tracked", Map.of());
        }
        try (S3Server server = S3Server.start(directory, "models")) {
            Path program = Programs.jarWithBundle(spark, directory, List.of("ModelsOnS3.java", "WrittenFolders.java"));
            SparkCommand command = SparkCommand.submit(
                            spark, "ModelsOnS3", program, store, "s3a://models/as-hadoop", "s3://models/as-python")
                    .tracked()
                    .forTinyData()
                    .jars(Checkout.copiedJars(jars))
                    .conf("spark.mlflow.experiment", "tracked")
                    .conf("spark.hadoop.fs.s3a.endpoint", server.endpoint())
                    .conf("spark.hadoop.fs.s3a.path.style.access", "true")
                    .conf("spark.hadoop.fs.s3a.access.key", S3Server.ACCESS_KEY)
                    .conf("spark.hadoop.fs.s3a.secret.key", S3Server.SECRET_KEY);
            Outcome outcome = (onCluster ? command.onCluster(1, directory) : command)
                    .run(directory)
                    .assertSucceeded();

            assertThat(outcome.results())
                    .filteredOn(line -> !line.startsWith("written "))
                    .hasSize(10)
                    .contains("artifactUri s3a = true", "artifactUri s3 = true")
                    .allMatch(line -> line.endsWith(" = true"), "is true");
            assertThat(outcome.ourWarnings()).isEmpty();
            assertThat(server.objects("models"))
                    .anyMatch(key -> key.matches("tracked/[0-9a-f]{32}/artifacts/model/MLmodel"))
                    .anyMatch(key -> key.matches("as-hadoop/models/m-[0-9a-f]{32}/artifacts/MLmodel"))
                    .anyMatch(key -> key.matches("as-python/[0-9a-f]{32}/artifacts/model/MLmodel"))
                    .noneMatch(key -> key.contains("/_temporary/"));
            String kept = Files.readString(directory.resolve("mlflow.db"), StandardCharsets.ISO_8859_1);
            assertThat(outcome.stdout() + outcome.stderr() + kept).doesNotContain(S3Server.SECRET_KEY);
            return outcome.results();
        }
    }
}
