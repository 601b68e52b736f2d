package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.View;

/**
 * Folds the analyzed plan of a row-wise query over one local relation into expressions over that relation's columns.
 *
 * <p>It takes the analyzed plan because the optimizer would fold a query over an empty relation away; so what the
 * optimizer does to every expression before it can be evaluated (replacing the {@link RuntimeReplaceable}s) is done here.
 */
final class PlanFolder {
    private final LocalRelation input;
    private final Map<ExprId, Expression> columns = new HashMap<>();
    private final List<Expression> filters = new ArrayList<>();

    private PlanFolder(LocalRelation input) {
        this.input = input;
        for (Attribute attribute : ScalaInterop.list(input.output())) {
            columns.put(attribute.exprId(), attribute);
        }
    }

    /**
     * What a plan does to a row.
     *
     * @param outputs the value of each output column, in order
     * @param filters the row is dropped unless all of these hold; a later one may only be evaluated if the earlier hold
     * @param columns the value of every column that the plan has on its way
     */
    record Folded(Map<String, Expression> outputs, List<Expression> filters, Map<ExprId, Expression> columns) {}

    /** What a plan has that no expression can say; the message names it. */
    static final class NotRowWise extends Exception {
        private static final long serialVersionUID = 1L;

        NotRowWise(String what) {
            super(what);
        }
    }

    static Folded fold(LogicalPlan plan, LocalRelation input) throws NotRowWise {
        PlanFolder folder = new PlanFolder(input);
        folder.walk(plan);
        Map<String, Expression> outputs = new LinkedHashMap<>();
        for (Attribute attribute : ScalaInterop.list(plan.output())) {
            outputs.put(attribute.name(), folder.column(attribute));
        }
        return new Folded(outputs, List.copyOf(folder.filters), folder.columns);
    }

    private void walk(LogicalPlan plan) throws NotRowWise {
        if (plan instanceof Project project) {
            walk(project.child());
            for (NamedExpression expression : ScalaInterop.list(project.projectList())) {
                if (expression instanceof Alias alias) {
                    columns.put(alias.exprId(), folded(alias.child()));
                }
            }
        } else if (plan instanceof Filter filter) {
            walk(filter.child());
            filters.add(folded(filter.condition()));
        } else if (plan instanceof SubqueryAlias alias) {
            walk(alias.child());
        } else if (plan instanceof View view) {
            walk(view.child());
        } else if (!(plan instanceof LocalRelation) || !plan.output().equals(input.output())) {
            throw new NotRowWise(plan.nodeName());
        }
    }

    private Expression column(Attribute attribute) throws NotRowWise {
        Expression column = columns.get(attribute.exprId());
        if (column == null) {
            throw new NotRowWise("a column from elsewhere, " + attribute.name());
        }
        return column;
    }

    private Expression folded(Expression expression) throws NotRowWise {
        Expression folded;
        try {
            folded = substitute(expression);
        } catch (Unsupported e) {
            throw new NotRowWise(e.getMessage());
        }
        if (!folded.deterministic()) {
            throw new NotRowWise("the nondeterministic expression " + expression.sql());
        }
        return folded;
    }

    private Expression substitute(Expression expression) {
        if (expression instanceof Attribute attribute) {
            try {
                return column(attribute);
            } catch (NotRowWise e) {
                throw new Unsupported(e.getMessage());
            }
        }
        if (expression instanceof Alias alias) {
            return substitute(alias.child());
        }
        if (expression instanceof RuntimeReplaceable replaceable) {
            return substitute(replaceable.replacement());
        }
        if (expression instanceof PlanExpression<?> || (expression instanceof Unevaluable && !expression.foldable())) {
            throw new Unsupported(expression.nodeName());
        }
        Expression result = expression.mapChildren(this::substitute);
        return result instanceof ScalaUDF udf && !udf.udfDeterministic() && isMllibs(udf) ? deterministic(udf) : result;
    }

    /**
     * MLlib calls some of its functions nondeterministic only to keep the optimizer from evaluating them twice; that would
     * forbid GROUP BY and keep a fused expression from being evaluated once. A user's function means what it says.
     */
    static boolean isMllibs(ScalaUDF udf) {
        return udf.function().getClass().getName().startsWith("org.apache.spark.ml.");
    }

    private static ScalaUDF deterministic(ScalaUDF udf) {
        return udf.copy(
                udf.function(),
                udf.dataType(),
                udf.children(),
                udf.inputEncoders(),
                udf.outputEncoder(),
                udf.udfName(),
                udf.nullable(),
                true);
    }

    /** Carries {@link NotRowWise} through Scala's functions. */
    private static final class Unsupported extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unsupported(String what) {
            super(what);
        }
    }
}
