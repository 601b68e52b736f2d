package io.sparkmlflow.listener;

import io.sparkmlflow.mllib.ScalaInterop;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.spark.ml.Model;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the models that computed a frame's columns. MLlib's models are functions in the frame's plan, and a function of Scala
 * holds what it was made in: the model.
 */
final class EvaluatedModels {
    private static final Logger LOG = LoggerFactory.getLogger(EvaluatedModels.class);
    private static final int MAX_DEPTH = 3;

    private final List<Model<?>> models = new ArrayList<>();
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private EvaluatedModels() {}

    /** Returns the models of an analyzed plan, the one that was applied last first. */
    static List<Model<?>> of(LogicalPlan plan) {
        EvaluatedModels found = new EvaluatedModels();
        found.visit(plan);
        return found.models;
    }

    private void visit(LogicalPlan plan) {
        ScalaInterop.list(plan.expressions()).forEach(this::visit);
        ScalaInterop.list(plan.children()).forEach(this::visit);
    }

    private void visit(Expression expression) {
        if (expression instanceof ScalaUDF udf) {
            lookInto(udf.function(), 0);
        }
        ScalaInterop.list(expression.children()).forEach(this::visit);
    }

    private void lookInto(Object captured, int depth) {
        if (captured == null || depth > MAX_DEPTH || !seen.add(captured)) {
            return;
        }
        if (captured instanceof Model<?> model) {
            models.add(model);
            return;
        }
        SerializedLambda lambda = serialized(captured);
        for (int i = 0; lambda != null && i < lambda.getCapturedArgCount(); i++) {
            lookInto(lambda.getCapturedArg(i), depth + 1);
        }
    }

    /** Returns a lambda as it would be serialized, which shows what it holds; {@code null} for anything else. */
    private static SerializedLambda serialized(Object function) {
        if (!function.getClass().isHidden() && !function.getClass().isSynthetic()) {
            return null;
        }
        try {
            Method writeReplace = function.getClass().getDeclaredMethod("writeReplace");
            writeReplace.setAccessible(true);
            return writeReplace.invoke(function) instanceof SerializedLambda lambda ? lambda : null;
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("{} does not show what it holds", function.getClass().getName(), e);
            return null;
        }
    }
}
