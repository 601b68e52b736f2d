package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.model.MlModel;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A logistic regression of two columns that skl2onnx converted and MLflow saved, in ONNX Runtime: two outputs, {@code label} and
 * {@code probabilities}. What is expected is what Python gave.
 */
class OnnxModelTest {
    private static final SparkSession SPARK = SharedSpark.SPARK;
    private static final String URI = "memory:classifier";

    private static Path folder;

    @BeforeAll
    static void load() throws IOException, URISyntaxException {
        folder = Path.of(OnnxModelTest.class.getResource("classifier").toURI());
        OnnxModel model = OnnxModel.of(SPARK, URI, folder, MlModel.read(folder));
        SharedSpark.register(new LoadedModel(null, URI, List.of(), null, model));
        SharedSpark.frame(
                        StructType.fromDDL("a DOUBLE, b INT"),
                        List.of(
                                RowFactory.create(1.0, 0),
                                RowFactory.create(2.0, 1),
                                RowFactory.create(3.0, 0),
                                RowFactory.create(4.0, 1)))
                .createOrReplaceTempView("onnx_rows");
    }

    @Test
    void columnsOrAnArrayMakeTheRow() {
        String labels = "[[0], [1], [0], [1]]";

        assertThat(text("mlflow_predict('" + URI + "', struct(*))")).isEqualTo(labels);
        assertThat(text("mlflow_predict('" + URI + "', a, b)")).isEqualTo(labels);
        assertThat(text("mlflow_predict('" + URI + "', array(a, b))")).isEqualTo(labels);
        assertThat(SPARK.sql("SELECT mlflow_predict_struct('" + URI + "', a, b) AS s FROM onnx_rows")
                        .schema()
                        .simpleString())
                .isEqualTo("struct<s:struct<label:bigint,probabilities:array<float>>>");
    }

    @Test
    void arraysComeOut() {
        List<Row> rows = SPARK.sql(
                        "SELECT mlflow_predict_struct('" + URI + "', a, b).probabilities AS p FROM onnx_rows")
                .selectExpr("p[0]", "p[1]")
                .collectAsList();
        float[][] expected = {
            {0.719861f, 0.28013903f}, {0.45604008f, 0.5439599f}, {0.54391783f, 0.4560822f}, {0.28010476f, 0.71989524f}
        };

        for (int i = 0; i < 4; i++) {
            assertThat(rows.get(i).getFloat(0))
                    .isCloseTo(expected[i][0], org.assertj.core.api.Assertions.within(1e-6f));
            assertThat(rows.get(i).getFloat(1))
                    .isCloseTo(expected[i][1], org.assertj.core.api.Assertions.within(1e-6f));
        }
    }

    /** Each row is independent of those that other tasks write into memory of their own. */
    @Test
    void tasksBesideEachOtherDoNotDisturbEachOther() {
        Dataset<Row> rows = SPARK.range(0, 20000, 1, 4).selectExpr("id % 4 + 1.0D AS a", "INT(id % 2) AS b");

        assertThat(rows.selectExpr("a", "b", "mlflow_predict('" + URI + "', a, b) AS label")
                        .where("label <> b")
                        .count())
                .isZero();
        assertThat(ModelColumns.transform(rows, URI)
                        .selectExpr("a", "label", "round(probabilities[0], 4) AS p")
                        .distinct()
                        .count())
                .isEqualTo(4);
    }

    @Test
    void withoutGeneratedCodeItIsTheSame() {
        SPARK.conf().set("spark.sql.codegen.wholeStage", "false");
        SPARK.conf().set("spark.sql.codegen.factoryMode", "NO_CODEGEN");
        try {
            assertThat(text("mlflow_predict('" + URI + "', struct(*))")).isEqualTo("[[0], [1], [0], [1]]");
        } finally {
            SPARK.conf().unset("spark.sql.codegen.wholeStage");
            SPARK.conf().unset("spark.sql.codegen.factoryMode");
        }
    }

    @Test
    void projectionsFiltersAndAggregatesScoreBatches() {
        Dataset<Row> rows = SPARK.range(0, 5000, 1, 2).selectExpr("id", "id % 7 + 1.0D AS a", "INT(id % 2) AS b");
        rows.createOrReplaceTempView("onnx_many");
        String label = "mlflow_predict('" + URI + "', a, b)";
        String probability = "mlflow_predict_struct('" + URI + "', a, b).probabilities[0]";

        for (String query : List.of(
                "SELECT id, " + label + " AS label, " + probability + " AS p FROM onnx_many",
                "SELECT id, " + label + " + 1, " + label + " FROM onnx_many WHERE id > 70 AND " + label + " = 1",
                "SELECT b, sum(" + label + "), max(" + probability + ") FROM onnx_many GROUP BY b",
                "SELECT " + label + " AS l, count(*), sum(CASE WHEN " + label + " = 1 THEN " + label
                        + " ELSE 0 END) FROM onnx_many GROUP BY " + label)) {
            Dataset<Row> batched = SPARK.sql(query);
            assertThat(batched.queryExecution().executedPlan().toString()).contains("BatchedModel");
            assertThat(rounded(batched)).isEqualTo(rounded(rowByRow(query))).isNotEmpty();
        }
        assertThat(ModelColumns.transform(rows.drop("id"), URI)
                        .queryExecution()
                        .executedPlan()
                        .toString())
                .contains("BatchedModel");
    }

    /** A call that only some rows reach must not fail for the others. */
    @Test
    void whatIsEvaluatedForSomeRowsIsNotBatched() {
        assertThat(text("CASE WHEN b = 0 THEN mlflow_predict('" + URI + "', array(a, b)) ELSE" + " mlflow_predict('"
                        + URI + "', IF(b = 0, array(a, b, a), array(a, b))) END"))
                .isEqualTo("[[0], [1], [0], [1]]");
    }

    /** Rows of a batch are of one size. */
    @Test
    void aRowThatDoesNotFitTheOthersFailsAlone() {
        assertThat(text("mlflow_predict_struct('" + URI + "', IF(b = 0, array(a, b), NULL)).label"))
                .isEqualTo("[[0], [null], [0], [null]]");
        assertThatThrownBy(() -> text("mlflow_predict('" + URI + "', IF(a < 4, array(a, b), array(a, b, a)))"))
                .hasMessageContaining("ONNX Runtime can't run the model memory:classifier: ");
    }

    private static Dataset<Row> rowByRow(String query) {
        SPARK.conf().set("spark.mlflow.functions.batchRows", "1");
        try {
            Dataset<Row> scored = SPARK.sql(query);
            assertThat(scored.queryExecution().executedPlan().toString()).doesNotContain("BatchedModel");
            return scored;
        } finally {
            SPARK.conf().unset("spark.mlflow.functions.batchRows");
        }
    }

    /** A float may differ in its last bits between a row alone and a row among others. */
    private static List<String> rounded(Dataset<Row> rows) {
        return rows.collectAsList().stream()
                .map(row -> IntStream.range(0, row.size())
                        .mapToObj(i -> row.get(i) instanceof Float number
                                ? String.format("%.5f", number)
                                : String.valueOf(row.get(i)))
                        .toList()
                        .toString())
                .sorted()
                .toList();
    }

    @Test
    void aNullIsANaN() {
        assertThat(SPARK.sql("SELECT mlflow_predict_struct('" + URI + "', 1.0, NULL).probabilities[0]")
                        .head()
                        .getFloat(0))
                .isNaN();
    }

    @Test
    void whatDoesNotFitIsOneSentence() {
        assertThatThrownBy(() -> text("mlflow_predict('" + URI + "', a)"))
                .isInstanceOf(AnalysisException.class)
                .hasMessageStartingWith("The model memory:classifier takes 2 columns, whose names its signature doesn't"
                        + " say, but was given 1: struct<a:double>");
        assertThatThrownBy(() -> text("mlflow_predict('" + URI + "', array(a, b, a))"))
                .hasMessageContaining("ONNX Runtime can't run the model memory:classifier: ");
    }

    @Test
    void aFileThatIsNoModelIsNamed(@TempDir Path broken) throws IOException {
        Files.writeString(broken.resolve("model.onnx"), "no graph");

        assertThatThrownBy(() -> OnnxModel.of(SPARK, "m", broken, MlModel.read(folder)))
                .isInstanceOf(ModelExpressionException.class)
                .hasMessageStartingWith("ONNX Runtime can't load the model m: ");
        assertThatThrownBy(() ->
                        OnnxModel.of(SPARK, "m", Files.createDirectory(broken.resolve("empty")), MlModel.read(folder)))
                .isInstanceOf(IOException.class)
                .hasMessage("its file model.onnx is missing");
    }

    private static String text(String expression) {
        return SPARK.sql("SELECT " + expression + " FROM onnx_rows")
                .collectAsList()
                .toString();
    }
}
