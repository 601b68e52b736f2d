package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.ExperimentalMethods;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/** What is behind {@link io.sparkmlflow.MlflowPredictUdf}. */
public final class RegisteredClass {
    private RegisteredClass() {}

    /**
     * Lets the session's optimizer replace calls of the class by the model's own expression, and gives the session the functions
     * of models if it has none. Does nothing where there is no session, as in an executor.
     */
    public static void prepareSession(Class<?> function) {
        Option<SparkSession> session = SparkSession.getActiveSession().orElse(SparkSession::getDefaultSession);
        if (session.isDefined()) {
            ModelFunctions.register(session.get());
            addRule(session.get(), function);
        }
    }

    private static void addRule(SparkSession spark, Class<?> function) {
        ExperimentalMethods methods = spark.sessionState().experimentalMethods();
        synchronized (methods) {
            List<Rule<LogicalPlan>> rules = new ArrayList<>(
                    io.sparkmlflow.mllib.ScalaInterop.<Rule<LogicalPlan>>list(methods.extraOptimizations()));
            if (rules.stream().noneMatch(RegisteredClassRule.class::isInstance)) {
                rules.add(new RegisteredClassRule(function));
                methods.extraOptimizations_$eq(SparkCompat.toScala(rules));
            }
        }
    }

    /** Predicts for one row on the driver, with a query of its own. */
    public static Double predict(String uri, Row row) {
        if (TaskContext.get() != null) {
            throw new ModelExpressionException("The model's URI must be a string literal, such as"
                    + " predict('models:/name@alias', struct(*)): a task can't load a model");
        }
        if (row == null) {
            return null;
        }
        SparkSession spark = SparkSession.active();
        StructType schema = row.schema();
        Row answer = spark.createDataFrame(List.of(row), schema)
                .select(functions.call_function(
                        ModelFunctions.PREDICT, functions.lit(uri), functions.struct(functions.col("*"))))
                .head();
        if (!answer.isNullAt(0) && !(answer.get(0) instanceof Number)) {
            throw new ModelExpressionException("The prediction of the model " + uri + " is no number but "
                    + answer.get(0) + "; call mlflow_predict, which this session has");
        }
        return answer.isNullAt(0) ? null : ((Number) answer.get(0)).doubleValue();
    }
}
