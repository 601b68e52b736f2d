import java.io.IOException;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StandardScalerModel;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * Reads and writes in every way that there is, without a trace of MLflow.
 *
 * <p>Arguments: a folder for the files, a JDBC URL, a password, and {@code kafka} if Spark has its connector.
 */
public final class Datasets {
    private static SparkSession spark;
    private static String folder;

    private Datasets() {}

    public static void main(String[] args) throws Exception {
        spark = SparkSession.builder().appName("datasets").getOrCreate();
        folder = args[0];
        files();
        tables();
        delta();
        iceberg();
        database(args[1], args[2]);
        models();
        if (args.length > 3) {
            kafka();
        }
        spark.stop();
    }

    private static Dataset<Row> rows(long... ids) {
        return spark.range(ids[0], ids[ids.length - 1] + 1).toDF("id");
    }

    private static String at(String name) {
        return folder + "/" + name;
    }

    private static void files() {
        rows(0, 2).selectExpr("id", "string(id) AS name").write().parquet(at("events"));
        spark.read().parquet(at("events")).write().option("header", true).csv(at("events_csv"));
        spark.read()
                .option("header", true)
                .option("inferSchema", true)
                .csv(at("events_csv"))
                .write()
                .json(at("events_json"));
        spark.read().json(at("events_json")).count();
    }

    private static void tables() {
        rows(0, 2).write().saveAsTable("managed");
        spark.sql("INSERT INTO managed VALUES (7)");
        spark.sql("CREATE TABLE selected USING parquet AS SELECT id + 1 AS id FROM managed");
        spark.table("selected").count();
        spark.sql("CREATE TABLE of_hive (id BIGINT) STORED AS TEXTFILE");
        spark.sql("INSERT INTO of_hive SELECT id FROM managed");
        spark.table("of_hive").count();
    }

    private static void delta() {
        String path = at("delta");
        rows(0, 2).write().format("delta").save(path); // version 0
        rows(3, 5).write().format("delta").mode(SaveMode.Append).save(path); // 1
        spark.read().format("delta").load(path).count();
        spark.read().format("delta").option("versionAsOf", 0).load(path).count();
        rows(5, 8).createOrReplaceTempView("changes");
        String table = "delta.`" + path + "`";
        spark.sql("MERGE INTO " + table + " t USING changes c ON t.id = c.id"
                + " WHEN MATCHED THEN UPDATE SET id = t.id + 100 WHEN NOT MATCHED THEN INSERT (id) VALUES (c.id)"); // 2
        spark.sql("UPDATE " + table + " SET id = 200 WHERE id = 105"); // 3
        spark.sql("DELETE FROM " + table + " WHERE id = 200"); // 4
        spark.sql("SELECT * FROM " + table).count();

        spark.sql("CREATE TABLE of_delta USING delta AS SELECT id FROM managed"); // version 0
        spark.sql("INSERT INTO of_delta VALUES (8)"); // 1
        callUnchecked(() -> {
            rows(9, 9).writeTo("of_delta").append(); // 2
            return null;
        });
        spark.table("of_delta").count();
    }

    private static void iceberg() {
        spark.sql("CREATE TABLE ice.shop.orders (id BIGINT) USING iceberg");
        spark.sql("INSERT INTO ice.shop.orders VALUES (1), (2)"); // first snapshot
        callUnchecked(() -> {
            rows(3, 4).writeTo("ice.shop.orders").append(); // second
            return null;
        });
        spark.table("ice.shop.orders").count();
        rows(4, 6).createOrReplaceTempView("changes");
        spark.sql("MERGE INTO ice.shop.orders t USING changes c ON t.id = c.id"
                + " WHEN MATCHED THEN UPDATE SET id = t.id + 100 WHEN NOT MATCHED THEN INSERT (id) VALUES (c.id)"); // third
        spark.table("ice.shop.orders").count();
        callUnchecked(() -> {
            rows(0, 2).writeTo("ice.shop.copies").using("iceberg").create();
            return null;
        });
    }

    private static void database(String url, String password) {
        Properties login = new Properties();
        login.setProperty("user", "me");
        login.setProperty("password", password);
        rows(0, 2).write().jdbc(url, "sales", login);
        spark.read().jdbc(url, "sales", login).count();
        spark.read()
                .jdbc(url, "(SELECT * FROM sales WHERE '" + password + "' <> 'x') q", login)
                .count();
    }

    /** What is saved and loaded here are tables too, but nobody's data. */
    private static void models() throws IOException {
        Dataset<Row> data = spark.table("managed").selectExpr("double(id) AS x");
        VectorAssembler assembler =
                new VectorAssembler().setInputCols(new String[] {"x"}).setOutputCol("vector");
        StandardScaler scaler = new StandardScaler().setInputCol("vector").setOutputCol("scaled");
        PipelineModel pipeline =
                new Pipeline().setStages(new PipelineStage[] {assembler, scaler}).fit(data);
        pipeline.write().overwrite().save(at("models/pipeline"));
        ((StandardScalerModel) pipeline.stages()[1]).save(at("models/scaler"));
        StandardScalerModel.load(at("models/scaler"));
        System.out.println("RESULT scaled "
                + PipelineModel.load(at("models/pipeline")).transform(data).count());
    }

    /** There is no broker: the query is planned, and fails. */
    private static void kafka() {
        try {
            spark.read()
                    .format("kafka")
                    .option("kafka.bootstrap.servers", "127.0.0.1:1")
                    .option("kafka.sasl.jaas.config", "geheim")
                    .option("kafka.default.api.timeout.ms", "600")
                    .option("kafka.request.timeout.ms", "500")
                    .option("fetchOffset.numRetries", "1")
                    .option("subscribe", "clicks,views")
                    .load()
                    .count();
        } catch (Exception e) {
            System.out.println("RESULT no broker");
        }
    }

    private static void callUnchecked(Callable<?> action) {
        try {
            action.call();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
