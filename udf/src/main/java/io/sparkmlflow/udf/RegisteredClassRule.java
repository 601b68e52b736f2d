package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Cast$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.catalyst.trees.TreePattern$;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.runtime.AbstractPartialFunction;

/**
 * Replaces calls of a registered class by the expression of the model that they name. A task couldn't load the model: MLlib
 * loads with Spark jobs, which would wait for the task's own place.
 */
final class RegisteredClassRule extends Rule<LogicalPlan> {
    private static final int STREAMS = 256;

    private final Class<?> function;
    private final Map<StreamCall, String> resolved = new LinkedHashMap<>();

    /** A URI in one run of a streaming query. */
    private record StreamCall(String query, String run, String uri) {}

    RegisteredClassRule(Class<?> function) {
        this.function = function;
    }

    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        if (!plan.containsPattern(TreePattern$.MODULE$.SCALA_UDF())) {
            return plan;
        }
        boolean isStream = plan.isStreaming();
        return (LogicalPlan) plan.transformAllExpressions(new AbstractPartialFunction<Expression, Expression>() {
            @Override
            public boolean isDefinedAt(Expression expression) {
                return uri(expression) != null;
            }

            @Override
            public Expression apply(Expression expression) {
                return replaced((ScalaUDF) expression, uri(expression), isStream);
            }
        });
    }

    private Expression replaced(ScalaUDF call, String uri, boolean isStream) {
        SparkSession spark = SparkSession.active();
        List<Expression> arguments = ScalaInterop.list(call.children());
        String label = call.name() + "(" + uri + ")";
        try {
            ModelExpressions models = ModelFunctions.register(spark);
            String model = isStream ? resolved(spark, models, uri) : uri;
            Expression prediction = models.prediction(spark, model, arguments.subList(1, 2), label);
            if (prediction.dataType().equals(call.dataType())) {
                return prediction;
            } else if (!Cast.canCast(prediction.dataType(), call.dataType())) {
                throw new ModelExpressionException("The prediction of the model " + uri + " is a "
                        + prediction.dataType().simpleString() + " and can't be the "
                        + call.dataType().simpleString() + " that the function was registered with");
            }
            return Cast$.MODULE$.apply(prediction, call.dataType(), false);
        } catch (ModelExpressionException e) {
            throw SparkCompat.analysisException(e.getMessage(), e.getCause());
        }
    }

    /** The optimizer sees each micro-batch, but a streaming query keeps the model that it began with. */
    private String resolved(SparkSession spark, ModelExpressions models, String uri) {
        SparkContext context = spark.sparkContext();
        StreamCall call = new StreamCall(
                context.getLocalProperty("sql.streaming.queryId"), context.getLocalProperty("spark.jobGroup.id"), uri);
        synchronized (resolved) {
            String known = resolved.get(call);
            if (known == null) {
                known = models.resolve(spark, uri);
                resolved.put(call, known);
                if (resolved.size() > STREAMS) {
                    resolved.remove(resolved.keySet().iterator().next());
                }
            }
            return known;
        }
    }

    /** Returns the URI that a call of the class gives, null for any other expression. */
    private String uri(Expression expression) {
        if (!(expression instanceof ScalaUDF call)) {
            return null;
        }
        List<Expression> arguments = ScalaInterop.list(call.children());
        boolean fits = arguments.size() == 2
                && arguments.get(1).dataType() instanceof StructType
                && arguments.get(0).foldable()
                && arguments.get(0).eval(null) instanceof UTF8String
                && Holder.holds(call.function(), function);
        return fits ? arguments.get(0).eval(null).toString() : null;
    }

    /** Looks for an object in a function that Spark has made of it, which each Spark does in its own way. */
    private static final class Holder extends ObjectOutputStream {
        /** A small function holds ours; larger ones are somebody else's. */
        private static final int MOST_BYTES = 1 << 14;

        private final Class<?> wanted;
        private boolean found;

        private Holder(Class<?> wanted) throws IOException {
            super(new OutputStream() {
                private int written;

                @Override
                public void write(int value) throws IOException {
                    if (++written > MOST_BYTES) {
                        throw new IOException("The function is too large to be ours");
                    }
                }
            });
            this.wanted = wanted;
            enableReplaceObject(true);
        }

        static boolean holds(Object holder, Class<?> wanted) {
            try (Holder out = new Holder(wanted)) {
                out.writeObject(holder);
                return out.found;
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        protected Object replaceObject(Object value) {
            boolean isWanted = wanted.isInstance(value);
            found |= isWanted;
            return isWanted ? null : value;
        }
    }
}
