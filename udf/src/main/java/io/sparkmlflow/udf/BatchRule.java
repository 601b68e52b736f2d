package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractPartialFunction;

/** Puts calls of models that are better given several rows at once beneath aggregates, where {@link BatchStrategy} finds them. */
final class BatchRule extends Rule<LogicalPlan> {
    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        return (LogicalPlan) plan.transform(new AbstractPartialFunction<LogicalPlan, LogicalPlan>() {
            @Override
            public boolean isDefinedAt(LogicalPlan node) {
                return node instanceof Aggregate;
            }

            @Override
            public LogicalPlan apply(LogicalPlan node) {
                return rewritten(node);
            }
        });
    }

    private static LogicalPlan rewritten(LogicalPlan aggregate) {
        BatchedCalls calls = new BatchedCalls();
        List<Expression> read = new ArrayList<>();
        LogicalPlan replaced = (LogicalPlan) aggregate.mapExpressions(new AbstractFunction1<Expression, Expression>() {
            @Override
            public Expression apply(Expression expression) {
                Expression own = calls.replaceIn(expression);
                read.add(own);
                return own;
            }
        });
        if (calls.isEmpty() || !BatchStrategy.isWanted(aggregate)) {
            return aggregate;
        }
        LogicalPlan child = aggregate.children().head();
        List<NamedExpression> columns = calls.columnsOf(child, read);
        columns.addAll(calls.aliases());
        LogicalPlan beneath = new Project(SparkCompat.toScala(columns), child);
        return (LogicalPlan) replaced.withNewChildren(SparkCompat.toScala(List.of(beneath)));
    }
}
