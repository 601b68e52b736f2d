package io.sparkmlflow.udf;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.List;
import java.util.Map;
import org.apache.spark.SparkThrowable;
import org.apache.spark.SparkThrowableHelper;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A model that is not MLlib's is called like one that is, and takes params. */
class OtherFlavorTest {
    private static Dataset<Row> rows;

    @BeforeAll
    static void register() {
        SharedSpark.register(WeightedSum.model("memory:sum"));
        rows = SharedSpark.frame(
                StructType.fromDDL("id INT, X INT"),
                List.of(RowFactory.create(1, 3), RowFactory.create(2, -1), RowFactory.create(3, null)));
        rows.createOrReplaceTempView("sums");
    }

    @Test
    void structsAndColumnsAreBoundAndCast() {
        assertThat(text("mlflow_predict('memory:sum', struct(*))")).isEqualTo("[6.0], [-2.0], [null]");
        assertThat(text("mlflow_predict('memory:sum', x, 'a note')")).isEqualTo("[6.0], [-2.0], [null]");
        assertThat(text("mlflow_predict_struct('memory:sum', struct(*)).sign")).isEqualTo("[up], [down], [down]");
    }

    @Test
    void paramsComeInAMapOrAStruct() {
        assertThat(text("mlflow_predict('memory:sum', struct(*), map('factor', 10))"))
                .isEqualTo("[30.0], [-10.0], [null]");
        assertThat(text("mlflow_predict('memory:sum', struct(*), map('factor', '0.5', 'exact', 'TRUE'))"))
                .isEqualTo("[1.5], [-0.5], [null]");
        assertThat(text("mlflow_predict('memory:sum', x, 'a note', map('factor', 1.5))"))
                .isEqualTo("[4.5], [-1.5], [null]");
        assertThat(text(
                        "mlflow_predict_struct('memory:sum', struct(*), named_struct('factor', 1, 'names', array('top'),"
                                + " 'since', DATE'2026-01-02', 'options', map('a', 1))).sign"))
                .isEqualTo("[top], [down], [down]");
    }

    @Test
    void paramsOfOneCallAreNotThoseOfAnother() {
        assertThat(text("mlflow_predict('memory:sum', struct(*), map('factor', 10))"
                        + " - mlflow_predict('memory:sum', struct(*))"))
                .isEqualTo("[24.0], [-8.0], [null]");
    }

    @Test
    void programsSetParamsToo() {
        PredictFunction halved = ModelColumns.predictFunction(
                SharedSpark.SPARK, "memory:sum", Map.of("factor", 0.5, "names", List.of("a")));

        assertThat(rows.select(halved.apply(struct(col("*")))).collectAsList().toString())
                .isEqualTo("[[1.5], [-0.5], [null]]");
        assertThatThrownBy(() ->
                        ModelColumns.predictFunction(SharedSpark.SPARK, "memory:sum", Map.of("factor", List.of(1))))
                .isInstanceOf(ModelExpressionException.class)
                .hasMessage("The param 'factor' of the model memory:sum takes double, not [1]; its default is 2.0");
    }

    @Test
    void aFrameGetsTheOutputs() {
        assertThat(ModelColumns.transform(rows, "memory:sum").collectAsList().toString())
                .isEqualTo("[[1,3,6.0,up], [2,-1,-2.0,down], [3,null,null,down]]");
    }

    @Test
    void wrongParamsAreErrorsAtAnalysis() {
        assertRefused("map('factr', 1)")
                .hasMessageStartingWith(
                        "The model memory:sum has no param 'factr'; it has: factor (double, default 2.0),"
                                + " count (integer, default 1), exact (boolean, default false), since (datetime, default null),"
                                + " names (a list of string, default [\"up\"]), options (object, default {})");
        assertRefused("map('factor', 'big')")
                .hasMessageStartingWith(
                        "The param 'factor' of the model memory:sum takes double, not big; its default is 2.0");
        assertRefused("map('count', 1.5)").hasMessageContaining("takes integer, not 1.5");
        assertRefused("map('count', 3000000000)").hasMessageContaining("takes integer, not 3000000000");
        assertRefused("map('exact', 1)").hasMessageContaining("takes boolean, not 1");
        assertRefused("map('names', 'up')").hasMessageContaining("takes a list of string, not up");
        assertRefused("map('options', 'up')").hasMessageContaining("takes object, not up");
        assertThat(text("mlflow_predict('memory:sum', struct(*), map('count', 1.0))"))
                .isEqualTo("[6.0], [-2.0], [null]");
    }

    @Test
    void paramsOfAModelThatHasNoneArePassedOver() {
        assertThat(Churn.clean()
                        .selectExpr("mlflow_predict('" + Pipelines.KMEANS.uri() + "', struct(*), map('a', 1))")
                        .collectAsList())
                .isEqualTo(Churn.clean()
                        .selectExpr("mlflow_predict('" + Pipelines.KMEANS.uri() + "', struct(*))")
                        .collectAsList());
        PredictFunction function =
                ModelColumns.predictFunction(SharedSpark.SPARK, Pipelines.KMEANS.uri(), Map.of("a", 1));
        assertThat(Churn.clean().select(function.apply(struct(col("*")))).count())
                .isEqualTo(30);
    }

    @Test
    void wrongColumnsAreErrorsAtAnalysis() {
        assertThatThrownBy(() -> rows.selectExpr("mlflow_predict('memory:sum', struct(id))"))
                .isInstanceOf(AnalysisException.class)
                .hasMessageStartingWith("The model memory:sum needs the column x, which the call doesn't give; given:"
                        + " struct<id:int>; the model reads: x, note");
        assertThatThrownBy(() -> rows.selectExpr("mlflow_predict('memory:sum', struct(true AS x))"))
                .hasMessageStartingWith("The model memory:sum takes the column x as double, but was given boolean");
    }

    /** PySpark 4 makes another error of one without a class. */
    @Test
    void anErrorHasAClassOfSparks() {
        Throwable error = catchThrowable(() -> rows.selectExpr("mlflow_predict('memory:sum', struct(id))"));

        assumeThat(SharedSpark.SPARK.version()).doesNotStartWith("3.");
        assertThat(SparkThrowableHelper.getMessage(
                        ((SparkThrowable) error).getErrorClass(), ((SparkThrowable) error).getMessageParameters()))
                .startsWith(
                        "[USER_RAISED_EXCEPTION] The model memory:sum needs the column x, which the call doesn't give");
    }

    private static String text(String expression) {
        String rows = SharedSpark.SPARK
                .sql("SELECT " + expression + " FROM sums ORDER BY id")
                .collectAsList()
                .toString();
        return rows.substring(1, rows.length() - 1);
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertRefused(String params) {
        return assertThatThrownBy(() -> rows.selectExpr("mlflow_predict('memory:sum', struct(*), " + params + ")"))
                .isInstanceOf(AnalysisException.class);
    }
}
