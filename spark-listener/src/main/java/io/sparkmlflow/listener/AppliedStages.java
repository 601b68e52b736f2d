package io.sparkmlflow.listener;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.List;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.feature.VectorSizeHint;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.View;

/**
 * Takes an analyzed plan apart into what stages have added to it, the last one first. A stage's part ends at the first node below
 * whose columns it could have been given.
 */
final class AppliedStages {
    /** A stage that adds several columns has a node for each of them. */
    private static final int MAX_NODES = 12;

    /** One for nulls, one for what else is invalid. */
    private static final int MAX_FILTERS = 2;

    private static final String HANDLE_INVALID = "handleInvalid";

    private LogicalPlan rest;

    AppliedStages(LogicalPlan plan) {
        this.rest = plan;
    }

    /** Returns what the stages that were taken away had been given. */
    LogicalPlan input() {
        return rest;
    }

    /** Takes away what a stage has added on top. Returns false if it has added nothing there. */
    boolean takeAway(StageUses.Use use) {
        Transformer stage = use.stage();
        if (stage == null || !mayEndWith(stage, rest)) {
            return false;
        }
        int after = StageUses.columns(rest.schema());
        LogicalPlan node = onlyChild(rest);
        for (int i = 0; node != null && i < MAX_NODES; i++) {
            if (use.mayTurn(node.schema(), after)) {
                rest = given(stage, node);
                return true;
            }
            node = onlyChild(node);
        }
        return false;
    }

    /** A frame that was filtered, sampled or sorted after it was transformed was not made by a stage. */
    private static boolean mayEndWith(Transformer stage, LogicalPlan plan) {
        return plan instanceof Project || stage instanceof SQLTransformer || stage instanceof VectorSizeHint;
    }

    /** Some stages leave rows out before they add columns, and one gives its input a name. */
    private static LogicalPlan given(Transformer stage, LogicalPlan node) {
        if (stage instanceof SQLTransformer && node instanceof SubqueryAlias && onlyChild(node) instanceof View view) {
            return onlyChild(view);
        }
        LogicalPlan given = node;
        for (int i = 0; i < MAX_FILTERS && given instanceof Filter && leavesRowsOut(stage); i++) {
            given = onlyChild(given);
        }
        return given;
    }

    private static boolean leavesRowsOut(Transformer stage) {
        return stage.hasParam(HANDLE_INVALID)
                && stage.isDefined(stage.getParam(HANDLE_INVALID))
                && "skip".equals(stage.getOrDefault(stage.getParam(HANDLE_INVALID)));
    }

    private static LogicalPlan onlyChild(LogicalPlan node) {
        List<LogicalPlan> children = ScalaInterop.list(node.children());
        return children.size() == 1 ? children.get(0) : null;
    }
}
