package io.sparkmlflow.udf;

import io.sparkmlflow.config.Setting;
import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.ExperimentalMethods;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.FilterExec;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;

/**
 * Plans projections and filters with calls of models that are better given several rows at once: an operator beneath computes them.
 * A call that only some rows reach (in {@code CASE}, for instance), or in any other place of a plan, is left to be evaluated row by
 * row; so are streams, whose rows may come slowly.
 */
final class BatchStrategy extends SparkStrategy {
    /** Lets a session plan with it. Does nothing if it does so already. */
    static void addTo(SparkSession spark) {
        ExperimentalMethods methods = spark.sessionState().experimentalMethods();
        synchronized (methods) {
            List<SparkStrategy> strategies =
                    new ArrayList<>(ScalaInterop.<SparkStrategy>list(methods.extraStrategies()));
            if (strategies.stream().noneMatch(BatchStrategy.class::isInstance)) {
                strategies.add(new BatchStrategy());
                methods.extraStrategies_$eq(SparkCompat.toScala(strategies));
                List<Rule<LogicalPlan>> rules =
                        new ArrayList<>(ScalaInterop.<Rule<LogicalPlan>>list(methods.extraOptimizations()));
                rules.add(new BatchRule());
                methods.extraOptimizations_$eq(SparkCompat.toScala(rules));
            }
        }
    }

    @Override
    public scala.collection.immutable.List<SparkPlan> apply(LogicalPlan plan) {
        SparkPlan planned = null;
        if (plan instanceof Project project) {
            planned = project(project);
        } else if (plan instanceof Filter filter) {
            planned = filter(filter);
        }
        return SparkCompat.toScala(planned == null ? List.of() : List.of(planned));
    }

    private SparkPlan project(Project project) {
        BatchedCalls calls = new BatchedCalls();
        List<NamedExpression> columns = new ArrayList<>();
        for (NamedExpression column : ScalaInterop.<NamedExpression>list(project.projectList())) {
            columns.add((NamedExpression) calls.replaceIn((Expression) column));
        }
        if (calls.isEmpty() || !isWanted(project)) {
            return null;
        }
        List<Expression> read = new ArrayList<>();
        columns.forEach(column -> read.add((Expression) column));
        LogicalPlan child = narrowed(project.child(), calls, read);
        return new ProjectExec(SparkCompat.toScala(columns), batched(calls, child));
    }

    /** Rows that the other conditions exclude are not given to the model. */
    private SparkPlan filter(Filter filter) {
        BatchedCalls calls = new BatchedCalls();
        List<Expression> others = new ArrayList<>();
        List<Expression> replaced = new ArrayList<>();
        for (Expression condition : conjuncts(filter.condition(), new ArrayList<>())) {
            Expression own = calls.replaceIn(condition);
            if (own == condition) {
                others.add(condition);
            } else {
                replaced.add(own);
            }
        }
        if (calls.isEmpty() || !filter.condition().deterministic() || !isWanted(filter)) {
            return null;
        }
        LogicalPlan child = others.isEmpty()
                ? filter.child()
                : new Filter(others.stream().reduce(And::new).orElseThrow(), filter.child());
        SparkPlan filtered = new FilterExec(replaced.stream().reduce(And::new).orElseThrow(), batched(calls, child));
        return new ProjectExec(
                SparkCompat.toScala(new ArrayList<NamedExpression>(ScalaInterop.<Attribute>list(filter.output()))),
                filtered);
    }

    private static List<Expression> conjuncts(Expression condition, List<Expression> found) {
        if (condition instanceof And and) {
            conjuncts(and.left(), found);
            conjuncts(and.right(), found);
        } else {
            found.add(condition);
        }
        return found;
    }

    /** Spark reads only the columns of the node above a table: without this one, that would be all. */
    private static LogicalPlan narrowed(LogicalPlan child, BatchedCalls calls, List<Expression> read) {
        List<NamedExpression> needed = calls.columnsOf(child, read);
        return needed.size() == child.output().size() ? child : new Project(SparkCompat.toScala(needed), child);
    }

    private SparkPlan batched(BatchedCalls calls, LogicalPlan child) {
        List<Alias> aliases = calls.aliases();
        return new BatchedModelExec(SparkCompat.toScala(aliases), mostRows(), planLater(child));
    }

    /** Says whether a plan may be changed. */
    static boolean isWanted(LogicalPlan plan) {
        return mostRows() > 1 && !plan.isStreaming();
    }

    private static int mostRows() {
        Setting setting = Setting.FUNCTIONS_BATCH_ROWS;
        String value = SparkSession.active().conf().get(setting.sparkKey(), setting.defaultValue());
        try {
            return Math.max(1, Integer.parseInt(value));
        } catch (NumberFormatException e) {
            throw new ModelExpressionException(
                    setting.sparkKey() + " takes a number of rows, such as " + setting.defaultValue() + ", not "
                            + value,
                    e);
        }
    }
}
