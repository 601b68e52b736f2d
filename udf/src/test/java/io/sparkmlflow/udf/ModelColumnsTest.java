package io.sparkmlflow.udf;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.recommendation.ALS;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Models in programs that have DataFrames. */
class ModelColumnsTest {
    private static final Pipelines SKIPPING = Pipelines.INVALID_ROWS_SKIPPED_BY_THREE_STAGES;

    @Test
    void aModelIsAFunctionOfColumns() {
        PredictFunction predict = ModelColumns.predictFunction(SharedSpark.SPARK, Pipelines.KMEANS.uri());
        Dataset<Row> data = Churn.clean();

        assertThat(text(data.select(predict.apply(struct(col("*"))))))
                .isEqualTo(text(Pipelines.KMEANS.model().transform(data).select("prediction")));
        assertThat(text(data.select(predict.apply(col("age"), col("income"), col("debt"))
                        .cast("string")
                        .as("p"))))
                .hasSize(30);
        assertThatThrownBy(() -> ModelColumns.predictFunction(SharedSpark.SPARK, "memory:nobody"))
                .hasMessageStartingWith("The model memory:nobody can't be loaded: ");
    }

    @Test
    void aFrameIsTransformedAsTheModelDoesIt() {
        Dataset<Row> data = Churn.surprising();
        Dataset<Row> expected = SKIPPING.model().transform(data);
        Dataset<Row> transformed = ModelColumns.transform(data, SKIPPING.uri());

        assertThat(transformed.columns()).isEqualTo(expected.columns());
        assertThat(text(transformed)).isEqualTo(text(expected)).hasSizeLessThan((int) data.count());
        assertThat(transformed.schema().apply("planIndex").metadata())
                .isEqualTo(expected.schema().apply("planIndex").metadata());
        assertThat(text(ModelColumns.transform(transformed, SKIPPING.uri()))).isEqualTo(text(expected));
    }

    @Test
    void aRecommenderTransformsAFrame() {
        Dataset<Row> ratings = Churn.training().na().drop();
        PipelineModel model = new Pipeline()
                .setStages(Pipelines.stages(new ALS()
                        .setUserCol("age")
                        .setItemCol("id")
                        .setRatingCol("debt")
                        .setMaxIter(1)
                        .setRank(2)))
                .fit(ratings);

        assertThat(text(ModelColumns.transform(ratings, SharedSpark.register("recommender", model))
                        .orderBy("id")))
                .isEqualTo(text(model.transform(ratings).orderBy("id")));
    }

    @Test
    void aModelGetsANameInSql() {
        SharedSpark.register("named", Pipelines.KMEANS.model(), "age", "income", "debt");
        ModelColumns.registerFunction(SharedSpark.SPARK, "segment", "memory:named");
        Churn.clean().createOrReplaceTempView("customers");
        Dataset<Row> scored = SharedSpark.SPARK.sql("SELECT segment(age, income, debt) FROM customers");

        assertThat(scored.columns()).containsExactly("segment()");
        assertThat(text(scored))
                .isEqualTo(
                        text(Pipelines.KMEANS.model().transform(Churn.clean()).select("prediction")));
        SharedSpark.SPARK.sql(
                "CREATE OR REPLACE TEMPORARY VIEW segments AS SELECT segment(struct(*)) AS s FROM customers");
        assertThat(SharedSpark.SPARK.sql("SELECT s FROM segments").count()).isEqualTo(30);
    }

    private static List<String> text(Dataset<Row> data) {
        Column[] columns =
                Arrays.stream(data.columns()).map(name -> col("`" + name + "`")).toArray(Column[]::new);
        return data.select(columns).collectAsList().stream().map(Bits::of).toList();
    }
}
