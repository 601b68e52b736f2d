package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;
import scala.Tuple3;
import scala.collection.Seq;
import scala.runtime.AbstractFunction1;

/** The SQL functions {@code mlflow_predict} and {@code mlflow_predict_struct}. */
public final class ModelFunctions {
    static final String PREDICT = "mlflow_predict";
    static final String PREDICT_STRUCT = "mlflow_predict_struct";

    /** The models of MLflow's registry: one cache for all sessions. */
    private static final ModelExpressions REGISTRY = new ModelExpressions(new RegistryModelSource());

    /** All names of functions of models in this process, in lower case. */
    private static final Set<String> NAMES = ConcurrentHashMap.newKeySet();

    static {
        NAMES.addAll(List.of(PREDICT, PREDICT_STRUCT));
    }

    private ModelFunctions() {}

    /**
     * Adds the functions to the sessions that an extensions object is for.
     *
     * @param source where the models come from
     */
    public static void inject(SparkSessionExtensions extensions, ModelSource source) {
        ModelExpressions models = source instanceof RegistryModelSource ? REGISTRY : new ModelExpressions(source);
        for (Function function : functions(models)) {
            inject(extensions, function.identifier, function.info(), function.builder);
        }
        extensions.injectResolutionRule(spark -> new StarRule());
    }

    /** Says whether a function of some name is a model's. */
    static boolean isModel(String name) {
        return NAMES.contains(name.toLowerCase(Locale.ROOT));
    }

    /**
     * Adds the functions to a session that has none of these names.
     *
     * @return the models behind the session's functions
     */
    static ModelExpressions register(SparkSession spark) {
        FunctionRegistry registry = spark.sessionState().functionRegistry();
        // Spark 4.3 looks up names with a catalog and a database alone, and older ones those without.
        for (FunctionIdentifier known : ScalaInterop.list(registry.listFunction())) {
            Option<?> found = known.funcName().equals(PREDICT) ? registry.lookupFunctionBuilder(known) : Option.empty();
            if (found.isDefined() && found.get() instanceof Builder builder) {
                return builder.models;
            }
        }
        for (Function function : functions(REGISTRY)) {
            addTemporary(registry, function);
        }
        return REGISTRY;
    }

    /** Spark 4.3 wants temporary functions under the name by which its catalog looks them up. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void addTemporary(FunctionRegistry registry, Function function) {
        boolean hasFullNames = registry.listFunction().head().catalog().isDefined();
        FunctionIdentifier identifier = hasFullNames
                ? new FunctionIdentifier(
                        function.identifier.funcName(), Option.apply("session"), Option.apply("system"))
                : function.identifier;
        registry.registerFunction(identifier, function.info(), (scala.Function1) function.builder);
    }

    /** Adds a function that gives the prediction of one model. */
    static void registerNamed(SparkSession spark, String name, String uri, ModelExpressions models) {
        Function function = new Function(name, "the prediction of", new Builder(name, uri, models, models::prediction));
        NAMES.add(name.toLowerCase(Locale.ROOT));
        addTemporary(spark.sessionState().functionRegistry(), function);
    }

    private static List<Function> functions(ModelExpressions models) {
        return List.of(
                new Function(PREDICT, "the prediction of", new Builder(PREDICT, null, models, models::prediction)),
                new Function(
                        PREDICT_STRUCT,
                        "a struct of all output columns of",
                        new Builder(PREDICT_STRUCT, null, models, models::struct)));
    }

    /** What a function does with the arguments after the URI. */
    private interface Call {
        Expression expression(SparkSession spark, String uri, List<Expression> arguments, String label);
    }

    private record Function(FunctionIdentifier identifier, String returned, Builder builder) {
        Function(String name, String returned, Builder builder) {
            this(new FunctionIdentifier(name), returned, builder);
        }

        ExpressionInfo info() {
            String arguments = builder.uri == null ? "(uri, columns...)" : "(columns...)";
            String model = builder.uri == null
                    ? "the MLflow model at `uri`, a string literal such as 'models:/name@alias'"
                    : "the MLflow model " + builder.uri;
            return new ExpressionInfo(
                    ModelOutput.class.getName(),
                    null,
                    identifier.funcName(),
                    "_FUNC_" + arguments + " - Returns " + returned + " " + model
                            + ". The columns are one struct(*), bound by name, or the model's inputs in the order of its"
                            + " signature.",
                    "");
        }
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
        private final String uri;
        private final ModelExpressions models;
        private final Call call;

        /**
         * Makes a builder.
         *
         * @param uri the model; null if the call's first argument names it
         */
        Builder(String name, String uri, ModelExpressions models, Call call) {
            this.name = name;
            this.uri = uri;
            this.models = models;
            this.call = call;
        }

        @Override
        public Expression apply(Seq<Expression> scalaArguments) {
            List<Expression> arguments = ScalaInterop.list(scalaArguments);
            try {
                if (uri != null) {
                    return call.expression(SparkSession.active(), uri, arguments, name + "()");
                }
                String given = uri(arguments);
                return call.expression(
                        SparkSession.active(), given, arguments.subList(1, arguments.size()), name + "(" + given + ")");
            } catch (ModelExpressionException e) {
                throw SparkCompat.analysisException(e.getMessage(), e.getCause());
            }
        }

        private String uri(List<Expression> arguments) {
            Expression literal = arguments.isEmpty() ? null : arguments.get(0);
            while (literal instanceof RuntimeReplaceable replaceable) {
                literal = replaceable.replacement();
            }
            if (literal == null || !literal.foldable() || !(literal.dataType() instanceof StringType)) {
                throw new ModelExpressionException(
                        name + " takes the model's URI as its first argument, a string literal"
                                + " such as 'models:/name@alias'" + (literal == null ? "" : ", not " + literal.sql()));
            }
            return literal.eval(null) instanceof UTF8String value ? value.toString() : "null";
        }
    }
}
