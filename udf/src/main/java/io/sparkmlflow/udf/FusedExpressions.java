package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.encoders.ExpressionEncoder;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.KnownNotNull;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedLambdaVariable;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.apache.spark.sql.types.DataType;
import scala.Option;

/** What {@link FusedCompiler} has to know about the expressions of a model, which share parts with each other. */
final class FusedExpressions {
    private static final String CATALYST = "org.apache.spark.sql.catalyst.expressions.";
    /** Expressions that keep nothing between two rows; others are copied for each thread. */
    private static final Set<String> STATELESS = Set.of(
            "Literal",
            "BoundReference",
            "If",
            "CaseWhen",
            "Coalesce",
            "IsNull",
            "IsNotNull",
            "IsNaN",
            "And",
            "Or",
            "Not",
            "EqualTo",
            "EqualNullSafe",
            "LessThan",
            "LessThanOrEqual",
            "GreaterThan",
            "GreaterThanOrEqual",
            "Add",
            "Subtract",
            "Multiply",
            "Divide",
            "UnaryMinus",
            "Abs",
            "KnownNotNull",
            "GetStructField",
            "CreateNamedStruct");

    private final Map<Expression, Integer> uses = new IdentityHashMap<>();
    private final Map<ExprId, List<Attribute>> attributes = new HashMap<>();
    private final Map<Expression, Set<ExprId>> free = new IdentityHashMap<>();

    FusedExpressions(Collection<Expression> roots) {
        roots.forEach(this::visit);
    }

    private void visit(Expression expression) {
        if (uses.merge(expression, 1, Integer::sum) > 1) {
            return;
        }
        if (expression instanceof Attribute attribute) {
            attributes
                    .computeIfAbsent(attribute.exprId(), id -> new ArrayList<>())
                    .add(attribute);
        }
        ScalaInterop.list(expression.children()).forEach(this::visit);
    }

    /** Says whether an input is used. */
    boolean uses(Attribute input) {
        return attributes.containsKey(input.exprId());
    }

    /** Returns the references to an input, which may be several objects. */
    List<Attribute> same(Attribute input) {
        return attributes.get(input.exprId());
    }

    /** Says whether an expression with parts is used in several places. */
    boolean shared(Expression expression) {
        return uses.getOrDefault(expression, 0) > 1 && !expression.children().isEmpty();
    }

    /** Says whether an expression has a value only within a lambda function around it. */
    boolean open(Expression expression) {
        return !free(expression).isEmpty();
    }

    private Set<ExprId> free(Expression expression) {
        Set<ExprId> known = free.get(expression);
        if (known == null) {
            known = new HashSet<>();
            if (expression instanceof NamedLambdaVariable variable) {
                known.add(variable.exprId());
            }
            for (Expression child : ScalaInterop.list(expression.children())) {
                known.addAll(free(child));
            }
            if (expression instanceof LambdaFunction lambda) {
                for (org.apache.spark.sql.catalyst.expressions.NamedExpression argument :
                        ScalaInterop.list(lambda.arguments())) {
                    known.remove(argument.exprId());
                }
            }
            free.put(expression, known);
        }
        return known;
    }

    /** Returns the function of MLlib that an expression is a call of, also one that is null where an argument is; or null. */
    static ScalaUDF function(Expression expression) {
        ScalaUDF udf = null;
        if (expression instanceof ScalaUDF call) {
            udf = call;
        } else if (expression instanceof If choice
                && choice.trueValue() instanceof Literal none
                && none.value() == null
                && choice.falseValue() instanceof ScalaUDF call) {
            Set<Expression> tested = guarded(expression);
            udf = tested.isEmpty() || !arguments(call).containsAll(tested) ? null : call;
        }
        return udf != null && callable(udf) ? udf : null;
    }

    /** Returns the arguments for which {@link #function} is null if they are, by identity. */
    static Set<Expression> guarded(Expression expression) {
        Set<Expression> tested = Collections.newSetFromMap(new IdentityHashMap<>());
        if (expression instanceof If choice && !addTested(choice.predicate(), tested)) {
            tested.clear();
        }
        return tested;
    }

    private static boolean addTested(Expression predicate, Set<Expression> tested) {
        if (predicate instanceof Or or) {
            return addTested(or.left(), tested) && addTested(or.right(), tested);
        }
        return predicate instanceof IsNull test && (tested.add(untagged(test.child())) || true);
    }

    private static Set<Expression> arguments(ScalaUDF udf) {
        Set<Expression> arguments = Collections.newSetFromMap(new IdentityHashMap<>());
        ScalaInterop.list(udf.children()).forEach(child -> arguments.add(untagged(child)));
        return arguments;
    }

    /** Returns what is under Spark's remark that something is known not to be null. */
    static Expression untagged(Expression expression) {
        Expression untagged = expression;
        while (untagged instanceof KnownNotNull tag) {
            untagged = tag.child();
        }
        return untagged;
    }

    private static boolean callable(ScalaUDF udf) {
        List<Expression> arguments = ScalaInterop.list(udf.children());
        return PlanFolder.isMllibs(udf)
                && !arguments.isEmpty()
                && arguments.size() <= FusedNode.Call.MOST_ARGUMENTS
                && FusedValues.known(udf.dataType())
                && arguments.stream().allMatch(FusedExpressions::known)
                && ScalaInterop.list(udf.inputEncoders()).stream().noneMatch(FusedExpressions::takesArray);
    }

    /** Spark 3.5's one-versus-rest wants a Java array where others want a sequence. */
    private static boolean takesArray(Option<ExpressionEncoder<?>> encoder) {
        return encoder.isDefined() && encoder.get().clsTag().runtimeClass().isArray();
    }

    private static boolean known(Expression argument) {
        DataType type = argument.dataType();
        return argument instanceof CreateNamedStruct struct
                ? ScalaInterop.list(struct.valExprs()).stream().allMatch(value -> FusedValues.known(value.dataType()))
                : FusedValues.known(type);
    }

    /** Says whether two threads must not evaluate the same object. */
    static boolean stateful(Expression expression) {
        String name = expression.getClass().getName();
        return !name.startsWith(CATALYST)
                || !STATELESS.contains(name.substring(CATALYST.length()))
                || ScalaInterop.list(expression.children()).stream().anyMatch(FusedExpressions::stateful);
    }
}
