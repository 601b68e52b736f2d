package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Tuple3;
import scala.collection.Seq;
import scala.runtime.AbstractFunction1;

/** The SQL functions {@code mlflow_predict} and {@code mlflow_predict_struct}. */
public final class ModelFunctions {
    private static final String PREDICT = "mlflow_predict";
    private static final String PREDICT_STRUCT = "mlflow_predict_struct";

    private ModelFunctions() {}

    /**
     * Adds the functions to the sessions that an extensions object is for.
     *
     * @param source where the models come from
     */
    public static void inject(SparkSessionExtensions extensions, ModelSource source) {
        ModelExpressions models = new ModelExpressions(source);
        inject(extensions, PREDICT, "the prediction of", models::prediction);
        inject(extensions, PREDICT_STRUCT, "a struct of all output columns of", models::struct);
    }

    /** What a function does with the arguments after the URI. */
    private interface Call {
        Expression expression(SparkSession spark, String uri, List<Expression> arguments, String label);
    }

    private static void inject(SparkSessionExtensions extensions, String name, String returned, Call call) {
        FunctionIdentifier identifier = new FunctionIdentifier(name);
        ExpressionInfo info = new ExpressionInfo(
                ModelOutput.class.getName(),
                null,
                name,
                "_FUNC_(uri, columns...) - Returns " + returned + " the MLflow model at `uri`, a string literal such as"
                        + " 'models:/name@alias'. The columns are one struct(*), bound by name, or the model's inputs in"
                        + " the order of its signature.",
                "");
        Builder builder = new Builder(name, call);
        inject(extensions, identifier, info, builder);
    }

    /** Spark's {@code Seq} is another type in each Scala, but never a type at run time: erased, the builder fits both. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void inject(
            SparkSessionExtensions extensions, FunctionIdentifier identifier, ExpressionInfo info, Builder builder) {
        extensions.injectFunction(new Tuple3(identifier, info, builder));
        // A persistent view may only use functions that this registry has; those of extensions alone count as
        // temporary.
        FunctionRegistry.builtin().registerFunction(identifier, info, (scala.Function1) builder);
    }

    private static final class Builder extends AbstractFunction1<Seq<Expression>, Expression> {
        private final String name;
        private final Call call;

        Builder(String name, Call call) {
            this.name = name;
            this.call = call;
        }

        @Override
        public Expression apply(Seq<Expression> scalaArguments) {
            List<Expression> arguments = ScalaInterop.list(scalaArguments);
            try {
                String uri = uri(arguments);
                return call.expression(
                        SparkSession.active(), uri, arguments.subList(1, arguments.size()), name + "(" + uri + ")");
            } catch (ModelExpressionException e) {
                throw SparkCompat.analysisException(e.getMessage(), e.getCause());
            }
        }

        private String uri(List<Expression> arguments) {
            Expression uri = arguments.isEmpty() ? null : arguments.get(0);
            while (uri instanceof RuntimeReplaceable replaceable) {
                uri = replaceable.replacement();
            }
            if (uri == null || !uri.foldable() || !(uri.dataType() instanceof StringType)) {
                throw new ModelExpressionException(
                        name + " takes the model's URI as its first argument, a string literal"
                                + " such as 'models:/name@alias'" + (uri == null ? "" : ", not " + uri.sql()));
            }
            return uri.eval(null) instanceof UTF8String value ? value.toString() : "null";
        }
    }
}
