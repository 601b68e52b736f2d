package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.analysis.Star;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.analysis.UnresolvedHaving;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.CreateStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.catalyst.trees.TreePattern$;
import org.apache.spark.sql.internal.SQLConf;
import scala.runtime.AbstractPartialFunction;

/**
 * Lets a model be called with {@code struct(*)} in {@code WHERE}, {@code GROUP BY}, {@code HAVING} and {@code ORDER BY}, where
 * Spark itself puts columns for no star. All other calls are left to Spark.
 */
final class StarRule extends Rule<LogicalPlan> {
    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        if (!plan.containsPattern(TreePattern$.MODULE$.UNRESOLVED_FUNCTION())) {
            return plan;
        }
        return plan.resolveOperatorsUp(new AbstractPartialFunction<LogicalPlan, LogicalPlan>() {
            @Override
            public boolean isDefinedAt(LogicalPlan node) {
                return ScalaInterop.list(node.expressions()).stream().anyMatch(StarRule::callsWithStar)
                        && columns(node) != null;
            }

            @Override
            public LogicalPlan apply(LogicalPlan node) {
                LogicalPlan columns = columns(node);
                return (LogicalPlan) node.mapExpressions(expression -> expanded(expression, columns));
            }
        });
    }

    /** Returns the plan whose columns a star stands for in a clause; null if they are not known yet. */
    private static LogicalPlan columns(LogicalPlan clause) {
        LogicalPlan columns = null;
        if (clause instanceof Sort sort) {
            columns = selectedFrom(sort.child());
        } else if (clause instanceof UnresolvedHaving having) {
            columns = selectedFrom(having.child());
        } else if (clause.children().size() == 1) {
            columns = clause.children().head();
        }
        return columns != null && columns.resolved() ? columns : null;
    }

    /** As in SQL, these clauses see the columns of {@code FROM}; those of a DataFrame see what the frame has. */
    private static LogicalPlan selectedFrom(LogicalPlan child) {
        if (child.analyzed()) {
            return child;
        } else if (child instanceof Project project) {
            return project.child();
        } else if (child instanceof Aggregate aggregate) {
            return aggregate.child();
        } else if (child instanceof UnresolvedHaving having) {
            return selectedFrom(having.child());
        } else if (child instanceof Filter filter && filter.child() instanceof Aggregate aggregate) {
            return aggregate.child();
        }
        return child;
    }

    private static boolean callsWithStar(Expression expression) {
        List<Expression> children = ScalaInterop.list(expression.children());
        return (isModel(expression) && children.stream().anyMatch(StarRule::isStructOfStar))
                || children.stream().anyMatch(StarRule::callsWithStar);
    }

    private static boolean isModel(Expression expression) {
        if (!(expression instanceof UnresolvedFunction function)
                || function.nameParts().size() != 1) {
            return false;
        }
        return ModelFunctions.isModel(function.nameParts().head());
    }

    private static boolean isStructOfStar(Expression argument) {
        boolean isStruct = argument instanceof CreateNamedStruct
                || (argument instanceof UnresolvedFunction function
                        && function.nameParts().size() == 1
                        && function.nameParts().head().equalsIgnoreCase("struct"));
        return isStruct && ScalaInterop.list(argument.children()).stream().anyMatch(Star.class::isInstance);
    }

    private static Expression expanded(Expression expression, LogicalPlan columns) {
        boolean isModel = isModel(expression);
        return expression.mapChildren(
                child -> isModel && isStructOfStar(child) ? struct(child, columns) : expanded(child, columns));
    }

    private static Expression struct(Expression struct, LogicalPlan columns) {
        List<Expression> given = struct instanceof CreateNamedStruct named
                ? ScalaInterop.list(named.valExprs())
                : ScalaInterop.list(struct.children());
        List<Expression> fields = new ArrayList<>();
        for (Expression field : given) {
            if (field instanceof Star star) {
                ScalaInterop.list(star.expand(columns, SQLConf.get().resolver()))
                        .forEach(column -> fields.add((Expression) column));
            } else {
                fields.add(field);
            }
        }
        return CreateStruct.apply(SparkCompat.toScala(fields));
    }
}
