package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ScalarType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputExampleRowsTest {
    private static final Instant MOMENT = Instant.parse("2026-01-31T23:30:00Z");

    private final SparkSession spark = TestSpark.session();
    private final SQLTransformer all =
            new SQLTransformer().setStatement("SELECT *, struct(*) AS everything FROM __THIS__");

    @TempDir
    Path directory;

    @BeforeEach
    void liveInTokyo() {
        spark.conf().set("spark.sql.session.timeZone", "Asia/Tokyo");
    }

    @AfterEach
    void leaveTokyo() {
        spark.conf().unset("spark.sql.session.timeZone");
        spark.conf().unset("spark.sql.datetime.java8API.enabled");
    }

    @Test
    void showsTimesAsTheSessionsClock() throws Exception {
        Dataset<Row> frame = spark.sql("SELECT timestamp'2026-02-01 08:30:00' AS at, date'2026-02-01' AS day");
        for (String java8 : List.of("false", "true")) {
            spark.conf().set("spark.sql.datetime.java8API.enabled", java8);

            assertThat(example(ModelOptions.builder().inputExample(frame)))
                    .as(java8)
                    .contains("2026-02-01T08:30")
                    .contains("\"2026-02-01\"");
        }
    }

    @Test
    void takesMapsWithTimesAndBytes() throws Exception {
        ModelOptions.Builder options = ModelOptions.builder()
                .inputExample(List.of(Map.of(
                        "at", Timestamp.from(MOMENT),
                        "instant", MOMENT,
                        "day", Date.valueOf(LocalDate.of(2026, 2, 1)),
                        "bytes", "abc".getBytes(StandardCharsets.UTF_8))));

        assertThat(example(options))
                .contains("2026-02-01T08:30")
                .contains("\"2026-02-01\"")
                .contains("YWJj");
        assertThat(signature(options).inputs())
                .containsExactlyInAnyOrder(
                        new ColumnSpec("at", ScalarType.DATETIME, true),
                        new ColumnSpec("instant", ScalarType.DATETIME, true),
                        new ColumnSpec("day", ScalarType.DATETIME, true),
                        new ColumnSpec("bytes", ScalarType.BINARY, true));
    }

    @Test
    void takesAListForAVector() throws Exception {
        Dataset<Row> vectors = new VectorAssembler()
                .setInputCols(new String[] {"age", "income"})
                .setOutputCol("features")
                .transform(TestSpark.people().withColumnRenamed("id", "label"));
        var model = new LinearRegression().setMaxIter(1).fit(vectors);
        ModelOptions options = ModelOptions.of(Map.of("input_example", List.of(Map.of("features", List.of(20, 1.5)))));

        SparkFlavor.save(spark, model, directory.resolve("model"), "/tmp/mlflow", options);

        assertThat(MlModel.read(directory.resolve("model"))
                        .signature()
                        .orElseThrow()
                        .inputs())
                .containsExactly(new ColumnSpec("features", new ColumnType.VectorType(), true));
    }

    private String example(ModelOptions.Builder options) throws Exception {
        return Files.readString(save(options).resolve("input_example.json"));
    }

    private ModelSignature signature(ModelOptions.Builder options) throws Exception {
        return MlModel.read(save(options)).signature().orElseThrow();
    }

    private Path save(ModelOptions.Builder options) throws Exception {
        Path folder = Files.createTempDirectory(directory, "model");
        SparkFlavor.save(spark, all, folder, "/tmp/mlflow", options.build());
        return folder;
    }
}
