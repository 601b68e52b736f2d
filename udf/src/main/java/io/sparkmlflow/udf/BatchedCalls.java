package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ConditionalExpression;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.HigherOrderFunction;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.expressions.TryEval;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.Option;

/** Calls of models that are taken out of expressions, to be computed for several rows at once beneath them; each once. */
final class BatchedCalls {
    private final Map<Expression, Alias> aliases = new LinkedHashMap<>();

    /** Returns the expression with columns in place of the calls, or the very same expression if there are none to take out. */
    Expression replaceIn(Expression expression) {
        return replaceIn(expression, true);
    }

    /** What is not evaluated for every row may use a call that is computed for every row anyway. */
    private Expression replaceIn(Expression expression, boolean always) {
        if (expression instanceof ModelRow call && call.program().takesBatches() && call.deterministic()) {
            Alias alias = always
                    ? aliases.computeIfAbsent(call.canonicalized(), key -> alias(call))
                    : aliases.get(call.canonicalized());
            return alias == null ? call : alias.toAttribute();
        }
        boolean changed = false;
        List<Expression> children = new ArrayList<>();
        for (Expression child : ScalaInterop.<Expression>list(expression.children())) {
            Expression replaced = replaceIn(child, always && isAlwaysEvaluated(expression, child));
            changed |= replaced != child;
            children.add(replaced);
        }
        return changed ? (Expression) expression.withNewChildren(SparkCompat.toScala(children)) : expression;
    }

    /** Says whether a part of an expression is evaluated for every row, and with the row alone. */
    private static boolean isAlwaysEvaluated(Expression expression, Expression part) {
        if (expression instanceof ConditionalExpression conditional) {
            return ScalaInterop.<Expression>list(conditional.alwaysEvaluatedInputs()).stream()
                    .anyMatch(always -> always == part);
        } else if (expression instanceof And and) {
            return part == and.left();
        } else if (expression instanceof Or or) {
            return part == or.left();
        } else if (expression instanceof AggregateExpression aggregate) {
            return aggregate.filter().isEmpty();
        }
        return !(expression instanceof HigherOrderFunction) && !(expression instanceof TryEval);
    }

    private static Alias alias(ModelRow call) {
        return new Alias(
                call,
                call.prettyName(),
                NamedExpression$.MODULE$.newExprId(),
                SparkCompat.toScala(List.of()),
                Option.empty(),
                SparkCompat.toScala(List.of()));
    }

    boolean isEmpty() {
        return aliases.isEmpty();
    }

    /** Returns the calls under the names of the columns. */
    List<Alias> aliases() {
        return List.copyOf(aliases.values());
    }

    /** Returns the columns of a plan that the calls and other expressions read. */
    List<NamedExpression> columnsOf(LogicalPlan plan, List<Expression> others) {
        List<Expression> readers = new ArrayList<>(others);
        readers.addAll(aliases.values());
        List<NamedExpression> columns = new ArrayList<>();
        for (Attribute column : ScalaInterop.<Attribute>list(plan.output())) {
            if (readers.stream().anyMatch(reader -> reader.references().contains(column))) {
                columns.add(column);
            }
        }
        return columns;
    }
}
