package io.sparkmlflow;

import io.sparkmlflow.udf.ModelExpressionException;
import io.sparkmlflow.udf.RegisteredClass;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF2;

/**
 * A model's prediction as a function that is registered by the name of its class, where Spark's settings are somebody else's,
 * such as on a Spark Connect server with this jar:
 *
 * <pre>{@code
 * spark.udf.registerJavaFunction("predict", "io.sparkmlflow.MlflowPredictUdf", "double")
 * spark.sql("SELECT predict('models:/churn@champion', struct(*)) FROM customers")
 * }</pre>
 *
 * <p>The first argument is the model's URI, a string literal, the second one struct of its input columns, bound by name. When a
 * query is optimized the call becomes what {@code mlflow_predict} is, so it costs the same; registering it also gives the
 * session {@code mlflow_predict} and {@code mlflow_predict_struct}, which are preferable: they know the prediction's type, name
 * wrong columns when the query is analyzed, and read only the columns that the model needs. Another type than {@code double} may
 * be declared if the prediction can be cast to it.
 */
public final class MlflowPredictUdf implements UDF2<String, Row, Double> {
    private static final long serialVersionUID = 1L;

    /** Prepares the session that Spark registers the class in. */
    public MlflowPredictUdf() {
        RegisteredClass.prepareSession(MlflowPredictUdf.class);
    }

    /**
     * Predicts for rows that Spark computes while it plans a query, such as those of constants; all others never come here.
     *
     * @throws ModelExpressionException in a task, since a model that is not known before can't be loaded there
     */
    @Override
    public Double call(String uri, Row row) {
        return RegisteredClass.predict(uri, row);
    }
}
