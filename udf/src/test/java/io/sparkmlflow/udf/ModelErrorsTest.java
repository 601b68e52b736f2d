package io.sparkmlflow.udf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.recommendation.ALS;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** What can't be done is said in one sentence, when the query is analyzed. */
class ModelErrorsTest {
    private static final String CHURN = Pipelines.FOREST_WITH_LABELS_PUT_BACK.uri();

    @Test
    void columnsThatTheAnswerNeedsAreAllNamed() {
        assertError(Churn.clean().drop("plan", "income"), "mlflow_predict('" + CHURN + "', struct(*))")
                .hasMessageStartingWith(
                        "The model " + CHURN + " needs the columns plan, income, which the call doesn't give; given:"
                                + " struct<id:int,city:string,age:int,debt:float,text:string,churned:string,amount:double>;"
                                + " the model reads: plan, age, income;");
        assertError(Churn.clean().drop("age"), "mlflow_predict_struct('" + CHURN + "', struct(*))")
                .hasMessageContaining("needs the column age, which the call doesn't give");
    }

    @Test
    void aColumnOfAWrongTypeIsNamed() {
        assertError(
                        Churn.clean().withColumn("age", org.apache.spark.sql.functions.lit("old")),
                        "mlflow_predict('" + CHURN + "', struct(*))")
                .hasMessageContaining("its stage VectorAssembler (vecAssembler_")
                .hasMessageContaining("says: Data type string of column age is not supported.");
    }

    @Test
    void theUriMustBeALiteral() {
        assertError(Churn.clean(), "mlflow_predict(plan, struct(*))")
                .hasMessageStartingWith(
                        "mlflow_predict takes the model's URI as its first argument, a string literal such as"
                                + " 'models:/name@alias', not plan");
        assertError(Churn.clean(), "mlflow_predict(7, struct(*))").hasMessageContaining("a string literal");
        assertError(Churn.clean(), "mlflow_predict()").hasMessageContaining("a string literal");
        assertThat(Churn.clean()
                        .selectExpr("mlflow_predict('" + CHURN.substring(0, 6) + "' || '" + CHURN.substring(6)
                                + "', struct(*))")
                        .count())
                .isEqualTo(30);
    }

    @Test
    void aModelThatIsNotThereIsNamed() {
        assertError(Churn.clean(), "mlflow_predict('memory:nobody', struct(*))")
                .hasMessageStartingWith("The model memory:nobody can't be loaded: no model of this name is registered");
        assertError(Churn.clean(), "mlflow_predict('/no/such/folder', struct(*))")
                .hasMessageStartingWith("The model /no/such/folder can't be loaded: ");
    }

    @Test
    void argumentsMustFitTheSignature() {
        SharedSpark.register("signed", Pipelines.FEATURES_ONLY.model(), "plan", "age");

        assertError(Churn.clean(), "mlflow_predict_struct('memory:signed', plan)")
                .hasMessageStartingWith(
                        "The model memory:signed takes 2 columns (plan, age) but was given 1; give them in this order,"
                                + " or give struct(*)");
        assertError(Churn.clean(), "mlflow_predict('" + CHURN + "')").hasMessageContaining("was given no columns");
        assertError(Churn.clean(), "mlflow_predict('" + CHURN + "', upper(plan), age, income)")
                .hasMessageContaining("has no signature, so the argument upper(plan) has no name");
    }

    @Test
    void severalOutputsAreNoPrediction() {
        assertError(Churn.clean(), "mlflow_predict('" + Pipelines.FEATURES_ONLY.uri() + "', struct(*))")
                .hasMessageContaining("has no single prediction, its outputs are [planIndex, features]; ask for all of"
                        + " them with mlflow_predict_struct");
    }

    @Test
    void aRecommenderNeedsAJoin() {
        Dataset<Row> ratings = Churn.training().na().drop();
        PipelineModel model = new Pipeline()
                .setStages(Pipelines.stages(new ALS()
                        .setUserCol("age")
                        .setItemCol("id")
                        .setRatingCol("debt")
                        .setMaxIter(1)
                        .setRank(2)))
                .fit(ratings);
        String uri = SharedSpark.register("als", model);

        assertError(ratings, "mlflow_predict('" + uri + "', struct(*))")
                .hasMessageMatching(
                        "The model memory:als can't be a function of one row: its stage ALSModel \\(als_.*\\)"
                                + " needs (Left|)Join; call MlflowSpark.transform on a DataFrame instead.*");
    }

    @Test
    void aStatementThatLooksAtOtherRowsIsNamed() {
        assertNotRowWise("SELECT *, explode(array(1, 2)) AS e FROM __THIS__", "Generate");
        assertNotRowWise("SELECT *, sum(age) OVER (PARTITION BY plan) AS s FROM __THIS__", "Window");
        assertNotRowWise("SELECT plan, max(age) AS m FROM __THIS__ GROUP BY plan", "Aggregate");
        assertNotRowWise("SELECT *, (SELECT 1) AS one FROM __THIS__", "ScalarSubquery");
        assertNotRowWise("SELECT *, rand() AS r FROM __THIS__", "the nondeterministic expression rand(");
    }

    private static void assertNotRowWise(String statement, String node) {
        SQLTransformer transformer = new SQLTransformer().setStatement(statement);
        PipelineModel model = new Pipeline()
                .setStages(Pipelines.stages(Pipelines.index("keep", "plan"), transformer))
                .fit(Churn.training());
        String uri = SharedSpark.register("sql" + statement.hashCode(), model);

        assertError(Churn.clean(), "mlflow_predict_struct('" + uri + "', struct(*))")
                .hasMessageContaining("its stage SQLTransformer (" + transformer.uid() + ") needs " + node);
    }

    private static org.assertj.core.api.AbstractThrowableAssert<?, ? extends Throwable> assertError(
            Dataset<Row> data, String expression) {
        return assertThatThrownBy(() -> data.selectExpr(expression)).isInstanceOf(AnalysisException.class);
    }
}
