package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The functions in SQL as people write it. */
class ModelFunctionsTest {
    private static final SparkSession SPARK = SharedSpark.SPARK;

    private static String points;

    /** A regression whose coefficients can be read off: y = 2a + 3b + 1. */
    @BeforeAll
    static void fit() {
        StructType schema = StructType.fromDDL("a DOUBLE, b DOUBLE, y DOUBLE");
        Dataset<Row> rows = SharedSpark.frame(
                schema,
                List.of(
                        RowFactory.create(0.0, 0.0, 1.0),
                        RowFactory.create(1.0, 0.0, 3.0),
                        RowFactory.create(0.0, 1.0, 4.0),
                        RowFactory.create(2.0, 5.0, 20.0)));
        PipelineModel model = new Pipeline()
                .setStages(Pipelines.stages(
                        Pipelines.assemble("skip", "features", "a", "b"), new LinearRegression().setLabelCol("y")))
                .fit(rows);
        points = SharedSpark.register("points", model, "a", "b");
        SharedSpark.alias("memory:@champion", points);
        SharedSpark.register("unsigned", model);
        SharedSpark.frame(
                        StructType.fromDDL("id INT, a INT, b FLOAT, other STRING, prediction STRING"),
                        List.of(
                                RowFactory.create(1, 1, 1f, "x", "old"),
                                RowFactory.create(2, 2, 2f, "y", "old"),
                                RowFactory.create(3, 1, 1f, "z", "old"),
                                RowFactory.create(4, null, 1f, "z", "old")))
                .createOrReplaceTempView("points");
    }

    @Test
    void aStructBindsByNameAndPassesOverOtherColumns() {
        assertThat(rounded("SELECT mlflow_predict('memory:points', struct(*)) FROM points ORDER BY id"))
                .containsExactly("6", "11", "6", "null");
    }

    @Test
    void columnsBindInTheOrderOfTheSignature() {
        assertThat(rounded("SELECT mlflow_predict('memory:points', b, a * 10.0) FROM points WHERE id = 1"))
                .containsExactly("33");
    }

    @Test
    void columnsOfAModelWithoutSignatureBindByTheirOwnNames() {
        assertThat(rounded("SELECT mlflow_predict('memory:unsigned', points.b, points.a) FROM points WHERE id = 2"))
                .containsExactly("11");
    }

    @Test
    void theColumnIsNamedAfterTheCall() {
        Dataset<Row> scored = SPARK.sql("SELECT mlflow_predict('memory:@champion', struct(*)) FROM points");

        assertThat(scored.columns()).containsExactly("mlflow_predict(memory:@champion)");
    }

    @Test
    void theFunctionWorksInWhereAndGroupBy() {
        assertThat(rounded("SELECT id FROM points WHERE mlflow_predict('memory:points', struct(a, b)) > 7"))
                .containsExactly("2");
        assertThat(rounded("SELECT count(*) FROM points GROUP BY mlflow_predict('memory:points', a, b) ORDER BY 1"))
                .containsExactly("1", "1", "2");
        assertThat(rounded("SELECT mlflow_predict('memory:points', a, b) FROM points"
                        + " GROUP BY mlflow_predict('memory:points', a, b) ORDER BY 1"))
                .containsExactly("null", "6", "11");
    }

    /** Spark itself knows what a star stands for in the list of a SELECT alone. */
    @Test
    void aStarStandsForAllColumnsInEveryClause() {
        String call = "mlflow_predict('memory:points', struct(*))";
        assertThat(rounded("SELECT id FROM points WHERE " + call + " > 7")).containsExactly("2");
        assertThat(rounded("SELECT count(*) FROM points GROUP BY " + call + " ORDER BY " + call))
                .containsExactly("1", "2", "1");
        assertThat(rounded("SELECT " + call + " AS p, count(*) FROM points GROUP BY p ORDER BY p"))
                .containsExactly("null", "6", "11");
        assertThat(rounded("SELECT count(*) FROM points GROUP BY " + call + " HAVING round(" + call + ") = 6"))
                .containsExactly("2");
        assertThat(rounded("SELECT sum(a) FROM points GROUP BY other HAVING avg(" + call + ") > 7"))
                .containsExactly("2");
        assertThat(rounded("SELECT id FROM points ORDER BY " + call + " DESC, id"))
                .containsExactly("2", "1", "3", "4");
        assertThat(rounded("SELECT id AS a FROM points ORDER BY mlflow_predict('memory:points', struct(points.*)), a"))
                .containsExactly("4", "1", "3", "2");
        assertThat(rounded("SELECT row_number() OVER (PARTITION BY " + call + " ORDER BY id) FROM points ORDER BY id"))
                .containsExactly("1", "1", "2", "1");
    }

    @Test
    void aStarStandsForTheColumnsOfAFrame() {
        String call = "mlflow_predict('memory:points', struct(*))";
        Dataset<Row> swapped = SPARK.table("points").selectExpr("id", "b AS a", "a * 10 AS b");

        assertThat(rounded(swapped.where(call + " > 40").select("id"))).containsExactly("2");
        assertThat(rounded(swapped.orderBy(functions.expr(call).desc()).select("id"))
                        .subList(0, 1))
                .containsExactly("2");
        assertThat(rounded(swapped.groupBy(functions.expr(call)).count().orderBy("count")))
                .containsExactlyInAnyOrder("null", "33", "65");
    }

    @Test
    void theFunctionWorksInViews() {
        SPARK.sql("CREATE OR REPLACE TEMPORARY VIEW scored AS"
                + " SELECT id, mlflow_predict('memory:points', struct(*)) AS p FROM points");
        assertThat(rounded("SELECT p FROM scored WHERE p > 7")).containsExactly("11");

        SPARK.sql("CREATE OR REPLACE VIEW lasting AS SELECT mlflow_predict('memory:points', a, b) AS p"
                + " FROM VALUES (1, 1), (2, 2) AS t(a, b)");
        try {
            assertThat(rounded("SELECT p FROM lasting ORDER BY p")).containsExactly("6", "11");
        } finally {
            SPARK.sql("DROP VIEW lasting");
        }
    }

    @Test
    void theStructHasAllOutputsAndOnlyThose() {
        Dataset<Row> scored = SPARK.sql(
                "SELECT row.* FROM (SELECT mlflow_predict_struct('memory:points', struct(*)) AS row FROM points)");

        assertThat(scored.columns()).containsExactly("features", "prediction");
    }

    @Test
    void aConnectedNestedStructIsARowToo() {
        Dataset<Row> nested = SPARK.sql("SELECT named_struct('p', named_struct('a', 1.0D, 'b', 2.0D), 'c', 0) AS row");

        assertThat(rounded(nested.selectExpr("mlflow_predict('memory:points', row.p)")))
                .containsExactly("9");
    }

    @Test
    void aModelMayReadFieldsOfANestedStruct() {
        StructType schema = StructType.fromDDL("p STRUCT<a: DOUBLE, b: DOUBLE>");
        Dataset<Row> rows = SharedSpark.frame(
                schema, List.of(RowFactory.create(RowFactory.create(1.0, 2.0)), RowFactory.create((Object) null)));
        PipelineModel model = new Pipeline()
                .setStages(Pipelines.stages(
                        new SQLTransformer().setStatement("SELECT *, p.a AS pa, p.b * 2 AS pb FROM __THIS__"),
                        Pipelines.assemble("keep", "features", "pa", "pb")))
                .fit(rows);
        String uri = SharedSpark.register("nested", model);

        assertThat(rows.selectExpr("mlflow_predict_struct('" + uri + "', struct(*)).features")
                        .collectAsList())
                .extracting(row -> Bits.of(row.get(0)))
                .containsExactlyElementsOf(model.transform(rows).select("features").collectAsList().stream()
                        .map(row -> Bits.of(row.get(0)))
                        .toList());
    }

    @Test
    void aVectorColumnComesAsAVectorOrAnArray() {
        PipelineModel model = new Pipeline()
                .setStages(Pipelines.stages(
                        Pipelines.assemble("error", "features", "x", "v"), new LogisticRegression().setMaxIter(3)))
                .fit(SharedSpark.frame(
                        new StructType()
                                .add("x", "double")
                                .add("v", org.apache.spark.ml.linalg.SQLDataTypes.VectorType())
                                .add("label", "double"),
                        List.of(
                                RowFactory.create(1.0, Vectors.dense(1.0, 5.0), 0.0),
                                RowFactory.create(2.0, Vectors.dense(3.0, 4.0), 1.0))));
        String uri = SharedSpark.register("vectors", model);
        Dataset<Row> vectors = SharedSpark.frame(
                new StructType().add("x", "double").add("v", org.apache.spark.ml.linalg.SQLDataTypes.VectorType()),
                List.of(RowFactory.create(1.5, Vectors.dense(2.0, 4.5))));
        List<Row> expected = model.transform(vectors).select("probability").collectAsList();

        assertThat(vectors.selectExpr("mlflow_predict_struct('" + uri + "', struct(*)).probability")
                        .collectAsList())
                .isEqualTo(expected);
        assertThat(SPARK.sql("SELECT mlflow_predict_struct('" + uri
                                + "', named_struct('x', 1.5, 'v', array(2.0, 4.5))).probability")
                        .collectAsList())
                .isEqualTo(expected);
    }

    @Test
    void namesThatACatalogLoweredStillBind() {
        assertThat(rounded("SELECT mlflow_predict('memory:unsigned', named_struct('A', 1, 'B', 2))"))
                .containsExactly("9");
    }

    @Test
    void aModelIsLoadedOnceAndFromAFolderToo(@TempDir Path folder) throws Exception {
        String uri = folder.resolve("model").toUri().toString();
        Pipelines.FEATURES_ONLY.model().write().save(uri);
        int before = SharedSpark.LOADS.get();

        for (int i = 0; i < 3; i++) {
            assertThat(Churn.clean()
                            .selectExpr("mlflow_predict_struct('" + uri + "', struct(*)).planIndex")
                            .count())
                    .isEqualTo(30);
        }
        assertThat(SharedSpark.LOADS.get()).isEqualTo(before + 1);
    }

    @Test
    void anExpressionMakesAColumn() {
        Expression expression = new ModelExpressions(
                        (spark, uri) -> new LoadedModel(Pipelines.FEATURES_ONLY.model(), uri, List.of("plan", "age")))
                .struct(
                        SPARK,
                        "some",
                        List.of(
                                Literal.create("pro", org.apache.spark.sql.types.DataTypes.StringType),
                                Literal.create(3, org.apache.spark.sql.types.DataTypes.IntegerType)),
                        "some()");

        Row row = SPARK.range(1).select(SparkCompat.column(expression)).head();

        assertThat(Bits.of(row.getStruct(0).get(1))).startsWith("dense").endsWith("3.0#4008000000000000]");
    }

    @Test
    void theFunctionsDescribeThemselves() {
        assertThat(SPARK.sql("DESCRIBE FUNCTION mlflow_predict").collectAsList().toString())
                .contains("mlflow_predict(uri, columns...) - Returns the prediction");
    }

    private static List<String> rounded(String query) {
        return rounded(SPARK.sql(query));
    }

    private static List<String> rounded(Dataset<Row> data) {
        return data.collectAsList().stream()
                .map(row -> row.isNullAt(0) ? "null" : String.valueOf(Math.round(((Number) row.get(0)).doubleValue())))
                .toList();
    }
}
