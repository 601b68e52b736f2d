package io.sparkmlflow.udf;

import io.sparkmlflow.config.Setting;
import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;

/**
 * A pipeline over inputs of known names and types: one expression for each column that it adds.
 *
 * @param inputs for each given column what stands for it in the expressions; null for a column that is not used
 * @param outputs the columns that the model adds, in order
 * @param filters what {@code handleInvalid=skip} drops rows by; a row that fails one has no output
 * @param answer the column that is the model's prediction
 * @param transformed the schema of the frame that {@code transform} makes
 * @param makers which stage made an expression, by identity; an expression that is not there may be anything
 * @param fastForms whether it may be computed in another way than MLlib's, with the same results
 */
record FoldedModel(
        List<Attribute> inputs,
        Map<String, Expression> outputs,
        List<Expression> filters,
        String answer,
        StructType transformed,
        Map<Expression, StageOutput> makers,
        boolean fastForms)
        implements ModelFunction {
    /** A tree beyond this size costs minutes in each of the optimizer's rules. */
    private static final long MAX_NODES = 200_000;

    /** Returns the same model, for which MLlib's own functions are called. */
    FoldedModel withoutFastForms() {
        return new FoldedModel(inputs, outputs, filters, answer, transformed, makers, false);
    }

    @Override
    public Set<String> outputNames() {
        return outputs.keySet();
    }

    @Override
    public boolean dropsRows() {
        return !filters.isEmpty();
    }

    @Override
    public Metadata metadata(String output) {
        return transformed.apply(output).metadata();
    }

    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public void release() {}

    @Override
    public Expression prediction(List<Expression> arguments) {
        return filtered(bind(outputs.get(answer), arguments), arguments);
    }

    @Override
    public Expression struct(List<Expression> arguments) {
        List<Expression> fields = new ArrayList<>();
        Map<Expression, Expression> done = new IdentityHashMap<>();
        Map<ExprId, Expression> values = values(arguments);
        outputs.forEach((name, expression) -> {
            fields.add(Literal.create(name, DataTypes.StringType));
            fields.add(replaced(expression, values, done));
        });
        return filtered(new CreateNamedStruct(SparkCompat.toScala(fields)), arguments);
    }

    /** Nests the filters, so that a later one sees only rows that the earlier ones kept. */
    private Expression filtered(Expression expression, List<Expression> arguments) {
        if (size(expression, new IdentityHashMap<>()) > MAX_NODES) {
            throw new ModelExpressionException("The model's expression has more than " + MAX_NODES + " nodes; set "
                    + Setting.FUSED_FUNCTIONS.sparkKey() + " to true");
        }
        Expression result = expression;
        for (int i = filters.size() - 1; i >= 0; i--) {
            Expression none = Literal.create(null, expression.dataType());
            result = new If(bind(filters.get(i), arguments), result, none);
        }
        return result;
    }

    private Expression bind(Expression expression, List<Expression> arguments) {
        return replaced(expression, values(arguments), new IdentityHashMap<>());
    }

    private Map<ExprId, Expression> values(List<Expression> arguments) {
        Map<ExprId, Expression> values = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i) != null) {
                values.put(inputs.get(i).exprId(), arguments.get(i));
            }
        }
        return values;
    }

    /** Replaces the inputs; a part that several outputs share is replaced once and stays shared. */
    private static Expression replaced(
            Expression expression, Map<ExprId, Expression> values, Map<Expression, Expression> done) {
        if (expression instanceof Attribute attribute) {
            return values.get(attribute.exprId());
        }
        Expression known = done.get(expression);
        if (known == null) {
            known = expression.mapChildren(child -> replaced(child, values, done));
            done.put(expression, known);
        }
        return known;
    }

    /** Counts the nodes of a tree whose shared parts count each time, since the tree's readers don't know of sharing. */
    private static long size(Expression expression, Map<Expression, Long> sizes) {
        Long known = sizes.get(expression);
        if (known != null) {
            return known;
        }
        long size = 1;
        for (Expression child : ScalaInterop.list(expression.children())) {
            size = Math.min(size + size(child, sizes), Integer.MAX_VALUE);
        }
        sizes.put(expression, size);
        return size;
    }
}
