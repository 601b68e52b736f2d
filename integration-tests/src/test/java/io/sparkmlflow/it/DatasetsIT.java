package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkmlflow.it.Tracked.TrackedRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** What one application reads and writes, in files, Spark's, Hive's, Delta's and Iceberg's tables and a database. */
class DatasetsIT {
    private static final String SECRET = "geheim";

    private static final List<String> DATASETS = List.of(
            "write events spark {'path': 'FILES/events'}",
            "read events spark {'path': 'FILES/events'}",
            "write events_csv spark {'path': 'FILES/events_csv'}",
            "read events_csv spark {'path': 'FILES/events_csv'}",
            "write events_json spark {'path': 'FILES/events_json'}",
            "read events_json spark {'path': 'FILES/events_json'}",
            "write spark_catalog.default.managed spark {'table_name': 'spark_catalog.default.managed'}",
            "read spark_catalog.default.managed spark {'table_name': 'spark_catalog.default.managed'}",
            "write spark_catalog.default.selected spark {'table_name': 'spark_catalog.default.selected'}",
            "read spark_catalog.default.selected spark {'table_name': 'spark_catalog.default.selected'}",
            "write spark_catalog.default.of_hive spark {'table_name': 'spark_catalog.default.of_hive'}",
            "read spark_catalog.default.of_hive spark {'table_name': 'spark_catalog.default.of_hive'}",
            "write delta delta_table {'path': 'FILES/delta', 'delta_table_version': 0}",
            "write delta delta_table {'path': 'FILES/delta', 'delta_table_version': 1}",
            "read delta delta_table {'path': 'FILES/delta', 'delta_table_version': 1}",
            "read delta delta_table {'path': 'FILES/delta', 'delta_table_version': 0}",
            "write delta delta_table {'path': 'FILES/delta', 'delta_table_version': 2}",
            "read delta delta_table {'path': 'FILES/delta', 'delta_table_version': 2}",
            "write delta delta_table {'path': 'FILES/delta', 'delta_table_version': 3}",
            "read delta delta_table {'path': 'FILES/delta', 'delta_table_version': 3}",
            "write delta delta_table {'path': 'FILES/delta', 'delta_table_version': 4}",
            "read delta delta_table {'path': 'FILES/delta', 'delta_table_version': 4}",
            "write spark_catalog.default.of_delta delta_table {'delta_table_name': 'spark_catalog.default.of_delta'}",
            "write spark_catalog.default.of_delta delta_table"
                    + " {'delta_table_name': 'spark_catalog.default.of_delta', 'delta_table_version': 1}",
            "write spark_catalog.default.of_delta delta_table"
                    + " {'delta_table_name': 'spark_catalog.default.of_delta', 'delta_table_version': 2}",
            "read spark_catalog.default.of_delta delta_table"
                    + " {'delta_table_name': 'spark_catalog.default.of_delta', 'delta_table_version': 2}",
            "write ice.shop.orders spark {'table_name': 'ice.shop.orders', 'snapshot_id': SNAPSHOT-1}",
            "write ice.shop.orders spark {'table_name': 'ice.shop.orders', 'snapshot_id': SNAPSHOT-2}",
            "read ice.shop.orders spark {'table_name': 'ice.shop.orders', 'snapshot_id': SNAPSHOT-2}",
            "write ice.shop.orders spark {'table_name': 'ice.shop.orders', 'snapshot_id': SNAPSHOT-3}",
            "read ice.shop.orders spark {'table_name': 'ice.shop.orders', 'snapshot_id': SNAPSHOT-3}",
            "write ice.shop.copies spark {'table_name': 'ice.shop.copies', 'snapshot_id': SNAPSHOT-4}",
            "write sales spark {'path': 'jdbc:derby:memory:shop', 'format': 'jdbc', 'dbtable': 'sales'}",
            "read sales spark {'path': 'jdbc:derby:memory:shop', 'format': 'jdbc', 'dbtable': 'sales'}",
            "read query spark {'path': 'jdbc:derby:memory:shop', 'format': 'jdbc'}");

    private static final String FROM_KAFKA =
            "read clicks,views spark {'path': 'kafka://127.0.0.1:1', 'format': 'kafka', 'dbtable': 'clicks,views'}";

    private static final List<String> TAG = List.of(
            "path=FILES/events,format=parquet",
            "path=FILES/events_csv,format=csv",
            "path=FILES/events_json,format=json",
            "path=WAREHOUSE/managed,format=parquet",
            "path=WAREHOUSE/selected,format=parquet",
            "path=WAREHOUSE/of_hive,format=hive",
            "path=FILES/delta,version=1,format=delta",
            "path=FILES/delta,version=0,format=delta",
            "path=FILES/delta,version=2,format=delta",
            "path=FILES/delta,version=3,format=delta",
            "path=FILES/delta,version=4,format=delta",
            "path=WAREHOUSE/of_delta,version=2,format=delta",
            "path=ICEBERG/shop/orders,format=iceberg",
            "path=jdbc:derby:memory:shop,format=jdbc");

    @Test
    void readByOneAndWrittenByOther() throws IOException {
        Path directory = Checkout.newWorkFolder("datasets");
        TrackedRun run = run(Distribution.inVenv(), directory, "tables", "kafka");
        assertThat(described(run, directory)).containsExactlyInAnyOrderElementsOf(with(DATASETS, FROM_KAFKA));
        assertThat(tag(run, directory)).containsExactlyElementsOf(with(TAG, "path=kafka://127.0.0.1:1,format=kafka"));
        assertSchemaAndDigests(run);
    }

    @Test
    void alsoInTheOldestSpark() throws IOException {
        Path directory = Checkout.newWorkFolder("datasets-oldest");
        TrackedRun run = run(Distribution.oldest(), directory, "tables-oldest");
        assertThat(described(run, directory)).containsExactlyInAnyOrderElementsOf(DATASETS);
        assertThat(tag(run, directory)).containsExactlyElementsOf(TAG);
        assertSchemaAndDigests(run);
    }

    private static TrackedRun run(Distribution spark, Path directory, String... jars) throws IOException {
        Path program = Programs.jar(
                spark, directory, Checkout.root().resolve("integration-tests/src/test/apps/Datasets.java"));
        String database = "jdbc:derby:memory:shop;create=true;user=me;password=" + SECRET;
        List<Object> arguments = new ArrayList<>(List.of(directory.resolve("files"), database, SECRET));
        arguments.addAll(List.of(jars).subList(1, jars.length));
        SparkCommand command = SparkCommand.submit(spark, "Datasets", program, arguments.toArray())
                .tracked()
                .forTinyData()
                .conf("spark.mlflow.autolog.logModels", "false")
                .conf(
                        "spark.sql.extensions",
                        "io.delta.sql.DeltaSparkSessionExtension,"
                                + "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
                .conf("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
                .conf("spark.databricks.delta.snapshotPartitions", "1")
                .conf("spark.sql.catalog.ice", "org.apache.iceberg.spark.SparkCatalog")
                .conf("spark.sql.catalog.ice.type", "hadoop")
                .conf(
                        "spark.sql.catalog.ice.warehouse",
                        directory.resolve("iceberg").toUri().toString())
                .conf("spark.sql.catalogImplementation", "hive")
                .conf("spark.sql.warehouse.dir", directory.resolve("warehouse").toString())
                .conf("spark.hadoop.javax.jdo.option.ConnectionURL", "jdbc:derby:memory:metastore;create=true")
                .conf("spark.hadoop.datanucleus.schema.autoCreateAll", "true")
                .conf("spark.hadoop.hive.metastore.schema.verification", "false");
        for (String folder : jars) {
            command.jars(Checkout.copiedJars(folder));
        }
        Outcome outcome = command.run(directory).assertSucceeded();
        assertThat(outcome.results()).contains("scaled 4");
        assertThat(outcome.ourWarnings()).isEmpty();
        String kept = Files.readString(directory.resolve("mlflow.db"), StandardCharsets.ISO_8859_1);
        assertThat(kept).doesNotContain(SECRET);
        return PythonMlflow.describe(directory, PythonMlflow.defaultStore(directory))
                .application();
    }

    /** Returns each dataset as its context, name, type and source, with short words for the test's folders and snapshots. */
    private static List<String> described(TrackedRun run, Path directory) throws IOException {
        List<String> snapshots = new ArrayList<>(snapshots(directory.resolve("iceberg/shop/orders/metadata")));
        assertThat(snapshots).hasSize(3);
        snapshots.addAll(snapshots(directory.resolve("iceberg/shop/copies/metadata")));
        return StreamSupport.stream(run.datasets().spliterator(), false)
                .map(dataset -> String.join(
                        " ",
                        dataset.at("/tags/mlflow.data.context").asText(),
                        dataset.get("name").asText(),
                        dataset.get("source_type").asText(),
                        shortened(dataset.get("source").asText(), directory, snapshots)))
                .toList();
    }

    private static List<String> tag(TrackedRun run, Path directory) {
        return shortened(run.tags().get("sparkDatasourceInfo"), directory, List.of())
                .lines()
                .toList();
    }

    private static String shortened(String text, Path directory, List<String> snapshots) {
        String result = text.replace('"', '\'')
                .replace("file:///", "file:/")
                .replace("file:" + directory.resolve("files"), "FILES")
                .replace("file:" + directory.resolve("warehouse"), "WAREHOUSE")
                .replace("file:" + directory.resolve("iceberg"), "ICEBERG");
        for (int i = 0; i < snapshots.size(); i++) {
            result = result.replace(snapshots.get(i), "SNAPSHOT-" + (i + 1));
        }
        return result;
    }

    /** Returns the ids of an Iceberg table's snapshots, as its newest metadata has them, in the order of their making. */
    private static List<String> snapshots(Path metadata) throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> versions = new ArrayList<>();
        try (Stream<Path> files = Files.list(metadata)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".metadata.json"))
                    .toList()) {
                versions.add(json.readTree(file.toFile()));
            }
        }
        JsonNode newest = versions.stream()
                .max((a, b) -> Integer.compare(
                        a.get("snapshots").size(), b.get("snapshots").size()))
                .orElseThrow();
        return StreamSupport.stream(newest.get("snapshots").spliterator(), false)
                .map(snapshot -> snapshot.get("snapshot-id").asText())
                .toList();
    }

    private static void assertSchemaAndDigests(TrackedRun run) {
        List<String> digests = run.datasets().findValuesAsText("digest");
        assertThat(digests).doesNotHaveDuplicates().allMatch(digest -> digest.matches("[0-9a-f]{8}"));
        assertThat(StreamSupport.stream(run.datasets().spliterator(), false)
                        .filter(dataset -> dataset.get("name").asText().equals("events"))
                        .map(dataset -> dataset.get("schema").asText()))
                .hasSize(2)
                .containsOnly("{\"mlflow_colspec\": [{\"type\": \"long\", \"name\": \"id\", \"required\": true},"
                        + " {\"type\": \"string\", \"name\": \"name\", \"required\": true}]}");
    }

    private static List<String> with(List<String> some, String another) {
        return Stream.concat(some.stream(), Stream.of(another)).toList();
    }
}
