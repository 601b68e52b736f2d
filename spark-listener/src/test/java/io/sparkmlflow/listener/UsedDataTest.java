package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowSparkListener;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.store.CreateRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What queries of whole applications read and wrote, as their runs' datasets. */
class UsedDataTest {
    @TempDir
    Path directory;

    private String store;

    @BeforeEach
    void nameTheStore() {
        store = "sqlite:///" + directory.resolve("mlflow.db");
    }

    @Test
    void filesAreReadAndWritten() {
        run(Map.of(), spark -> {
            spark.range(5)
                    .selectExpr("id", "cast(id as string) as name")
                    .write()
                    .parquet(at("start"));
            spark.read().parquet(at("start")).write().orc(at("orc"));
            spark.read().orc(at("orc")).write().json(at("json"));
            spark.read().json(at("json")).write().option("header", true).csv(at("csv"));
            spark.read()
                    .option("header", true)
                    .option("inferSchema", true)
                    .csv(at("csv"))
                    .selectExpr("string(name)")
                    .write()
                    .text(at("text"));
            spark.read().text(at("text")).count();
        });

        Run run = application();
        assertThat(used(run))
                .containsExactlyInAnyOrder(
                        "write start",
                        "read start",
                        "write orc",
                        "read orc",
                        "write json",
                        "read json",
                        "write csv",
                        "read csv",
                        "write text",
                        "read text");
        Dataset start = dataset(run, "read", "start");
        assertThat(start.schema()).contains("\"mlflow_colspec\"", "{\"type\": \"long\", \"name\": \"id\"");
        assertThat(start.sourceType()).isEqualTo("spark");
        assertThat(start.source()).isEqualTo("{\"path\": \"file:" + at("start") + "\"}");
        assertThat(run.data().tags().get("sparkDatasourceInfo").lines())
                .containsExactly(
                        "path=file:" + at("start") + ",format=parquet",
                        "path=file:" + at("orc") + ",format=orc",
                        "path=file:" + at("json") + ",format=json",
                        "path=file:" + at("csv") + ",format=csv",
                        "path=file:" + at("text") + ",format=text");
    }

    @Test
    void theSameFilesThroughTheSecondInterfaceOfSpark() {
        run(Map.of("spark.sql.sources.useV1SourceList", ""), spark -> {
            spark.range(5).write().parquet(at("start"));
            spark.read().parquet(at("start")).count();
        });

        assertThat(used(application())).contains("read start");
        assertThat(dataset(application(), "read", "start").source()).contains("file:" + at("start"));
    }

    @Test
    void tablesAreReadAndWrittenByName() {
        run(Map.of("spark.sql.warehouse.dir", at("warehouse")), spark -> {
            spark.range(5).write().saveAsTable("first");
            spark.range(5).write().insertInto("first");
            spark.sql("CREATE TABLE second USING parquet AS SELECT id + 1 AS id FROM first");
            spark.sql("INSERT INTO second SELECT (SELECT max(id) FROM first) AS id");
            spark.table("second").count();
            spark.sql("CREATE VIEW unread AS SELECT * FROM first");
        });

        assertThat(used(application()))
                .containsExactlyInAnyOrder(
                        "write spark_catalog.default.first",
                        "read spark_catalog.default.first",
                        "write spark_catalog.default.second",
                        "read spark_catalog.default.second");
        assertThat(dataset(application(), "read", "spark_catalog.default.first").source())
                .isEqualTo("{\"table_name\": \"spark_catalog.default.first\"}");
    }

    @Test
    void whatOneQueryReadsAndWritesIsTwo() {
        run(Map.of("spark.sql.warehouse.dir", at("warehouse")), spark -> {
            spark.sql("CREATE TABLE other (id BIGINT) USING json");
            spark.sql("INSERT INTO other SELECT id FROM other");
        });

        assertThat(used(application()))
                .containsExactlyInAnyOrder("write spark_catalog.default.other", "read spark_catalog.default.other");
    }

    @Test
    void aDatabaseIsNamedWithoutCredentials() {
        String url = "jdbc:sqlite:" + at("shop.db");
        createTable(url);
        run(Map.of(), spark -> {
            Properties login = new Properties();
            login.setProperty("user", "me");
            login.setProperty("password", "geheim");
            login.setProperty("driver", "org.sqlite.JDBC");
            spark.range(3).write().mode(SaveMode.Append).jdbc(url, "sales", login);
            spark.read().jdbc(url, "sales", login).count();
            spark.read()
                    .jdbc(url, "(select id from sales where 'geheim' <> '') q", login)
                    .count();
        });

        Run run = application();
        assertThat(used(run)).containsExactlyInAnyOrder("write sales", "read sales", "read query");
        assertThat(dataset(run, "read", "sales").source())
                .isEqualTo("{\"path\": \"" + url + "\", \"format\": \"jdbc\", \"dbtable\": \"sales\"}");
        assertThat(run.toString()).doesNotContain("geheim");
    }

    @Test
    void aModelThatIsSavedAndLoadedIsNobodysData() {
        run(Map.of("spark.mlflow.autolog.logModels", "false"), spark -> {
            spark.range(5).selectExpr("double(id) AS x").write().parquet(at("numbers"));
            org.apache.spark.sql.Dataset<Row> vectors = new VectorAssembler()
                    .setInputCols(new String[] {"x"})
                    .setOutputCol("vector")
                    .transform(spark.read().parquet(at("numbers")));
            KMeansModel model = new KMeans().setK(2).setFeaturesCol("vector").fit(vectors);
            try {
                model.save(at("alone"));
                new Pipeline()
                        .setStages(new PipelineStage[] {model})
                        .fit(vectors)
                        .save(at("in-pipeline"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            KMeansModel.load(at("alone"));
            PipelineModel.load(at("in-pipeline"));
            // The same names, but the user's own.
            spark.read().parquet(at("alone/data")).write().parquet(at("data"));
        });

        assertThat(used(application()))
                .containsExactlyInAnyOrder("write numbers", "read numbers", "read data", "write data");
    }

    @Test
    void cachesAndSubqueriesHideNothing() {
        run(Map.of(), spark -> {
            spark.range(5).write().parquet(at("cached"));
            spark.range(5).write().parquet(at("inner"));
            spark.read().parquet(at("cached")).cache().createOrReplaceTempView("c");
            spark.read().parquet(at("inner")).createOrReplaceTempView("i");
            spark.table("c").count();
            spark.sql("SELECT * FROM c WHERE id IN (SELECT id FROM i)").count();
        });

        assertThat(used(application()))
                .containsExactlyInAnyOrder("write cached", "write inner", "read cached", "read inner");
    }

    @Test
    void aWriteThatFailsIsNone() {
        run(Map.of(), spark -> {
            spark.range(5).write().parquet(at("start"));
            assertThatThrownBy(() -> spark.read()
                            .parquet(at("start"))
                            .selectExpr("raise_error('no') as x", "id")
                            .write()
                            .parquet(at("never")))
                    .isInstanceOf(Exception.class);
        });

        assertThat(used(application())).containsExactlyInAnyOrder("write start", "read start");
    }

    @Test
    void aThreadSendsWhatItUsesToAnotherRun() {
        String other;
        try (MlflowClient client = new MlflowClient(store)) {
            other = client.tracking()
                    .createRun(new CreateRun("0", "other", "me", 0L, Map.of()))
                    .info()
                    .runId();
        }
        run(Map.of(), spark -> {
            spark.range(5).write().parquet(at("mine"));
            inThread(() -> {
                SparkSession session = spark.newSession();
                session.sparkContext().setLocalProperty("spark.mlflow.runId", other);
                session.read().parquet(at("mine")).write().parquet(at("others"));
            });
            spark.read().parquet(at("others")).count();
        });

        StoredRuns runs = StoredRuns.read(store);
        assertThat(used(runs.application("used-data"))).containsExactlyInAnyOrder("write mine", "read others");
        Run sentTo = runs.application("other");
        assertThat(used(sentTo)).containsExactlyInAnyOrder("read mine", "write others");
        assertThat(sentTo.data().tags().get("sparkDatasourceInfo")).endsWith("mine,format=parquet");
        assertThat(dataset(sentTo, "write", "others").digest())
                .isEqualTo(
                        dataset(runs.application("used-data"), "read", "others").digest());
    }

    private void run(Map<String, String> conf, Consumer<SparkSession> job) {
        SparkSession.Builder builder = SparkSession.builder()
                .appName("used-data")
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "1")
                .config("spark.mlflow.flushTimeoutSeconds", "60")
                .config("spark.extraListeners", MlflowSparkListener.class.getName())
                .config("spark.mlflow.trackingUri", store);
        conf.forEach(builder::config);
        SparkSession spark = builder.getOrCreate();
        try {
            job.accept(spark);
        } finally {
            spark.stop();
        }
    }

    private static void createTable(String url) {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("create table sales (id integer)");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void inThread(Runnable action) {
        Thread thread = new Thread(action);
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private String at(String name) {
        return directory.resolve(name).toString();
    }

    private Run application() {
        return StoredRuns.read(store).application("used-data");
    }

    private static List<String> used(Run run) {
        List<String> used = new ArrayList<>();
        for (DatasetInput input : run.inputs()) {
            used.add(input.tags().get("mlflow.data.context") + " "
                    + input.dataset().name());
        }
        return used;
    }

    private static Dataset dataset(Run run, String context, String name) {
        return run.inputs().stream()
                .filter(input -> context.equals(input.tags().get("mlflow.data.context")))
                .map(DatasetInput::dataset)
                .filter(dataset -> dataset.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
