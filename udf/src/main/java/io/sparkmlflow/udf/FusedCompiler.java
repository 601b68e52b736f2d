package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.KnownNotNull;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.ScalaUDF;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Compiles folded expressions to a {@link FusedProgram}.
 *
 * <p>MLlib's functions are called one after the other on their own objects: a vector is not serialized between two of them,
 * which is what most of a pipeline's time goes into otherwise (but see {@link FusedFunctions#readOnly}). All else is left to Catalyst's own evaluation, with places of
 * the row where the expression referred to columns, to results of functions or to what is used twice. There is more than
 * that only where it can be switched off: {@code VectorAssembler}, {@link VectorRows} and {@link FastForms}.
 */
final class FusedCompiler {
    private final FoldedModel model;
    private final boolean statefulFunctions;
    private final FusedExpressions expressions;
    private final List<FusedNode> nodes = new ArrayList<>();
    private final Map<Expression, Integer> places = new IdentityHashMap<>();
    private final Map<Expression, Integer> externalPlaces = new IdentityHashMap<>();

    private FusedCompiler(FoldedModel model, Collection<Expression> roots, boolean statefulFunctions) {
        this.model = model;
        this.statefulFunctions = statefulFunctions;
        this.expressions = new FusedExpressions(roots);
    }

    /**
     * Compiles some of a model's outputs.
     *
     * @param names the outputs, in the order in which the program has them
     * @param statefulFunctions whether the model's functions must not be called by two threads at a time
     */
    static FusedProgram compile(FoldedModel model, List<String> names, boolean statefulFunctions) {
        List<Expression> roots = new ArrayList<>(model.filters());
        names.forEach(name -> roots.add(model.outputs().get(name)));
        return new FusedCompiler(model, roots, statefulFunctions).compile(names);
    }

    /** Returns the places of the columns that some of a model's outputs are computed from. */
    static List<Integer> columns(FoldedModel model, Collection<String> names) {
        List<Expression> roots = new ArrayList<>(model.filters());
        names.forEach(name -> roots.add(model.outputs().get(name)));
        FusedExpressions expressions = new FusedExpressions(roots);
        List<Integer> columns = new ArrayList<>();
        for (int i = 0; i < model.inputs().size(); i++) {
            if (model.inputs().get(i) != null && expressions.uses(model.inputs().get(i))) {
                columns.add(i);
            }
        }
        return columns;
    }

    private FusedProgram compile(List<String> names) {
        names.forEach(name -> nodes.add(null));
        List<FusedProgram.Input> inputs = new ArrayList<>();
        for (int i = 0; i < model.inputs().size(); i++) {
            Attribute attribute = model.inputs().get(i);
            if (attribute != null && expressions.uses(attribute)) {
                inputs.add(input(i, attribute));
            }
        }
        StructType outputs = new StructType();
        int[] externalOutputs = new int[names.size()];
        for (int i = 0; i < names.size(); i++) {
            Expression output = model.outputs().get(names.get(i));
            nodes.set(i, new FusedNode.Same(place(output)));
            externalOutputs[i] = FusedValues.known(output.dataType()) ? externalPlace(output) : -1;
            outputs = outputs.add(names.get(i), output.dataType(), output.nullable());
        }
        int[] filters = model.filters().stream().mapToInt(this::place).toArray();
        protectVectors(inputs, externalOutputs);
        return new FusedProgram(nodes.toArray(FusedNode[]::new), inputs, outputs, externalOutputs, filters);
    }

    /** Makes two places that compute each other, of which one is given its value. */
    private FusedProgram.Input input(int column, Attribute attribute) {
        StructField field = new StructField(attribute.name(), attribute.dataType(), true, attribute.metadata());
        int place = nodes.size();
        int external = -1;
        nodes.add(new FusedNode.Given());
        if (FusedValues.sameInBoth(attribute.dataType())) {
            external = place;
        } else if (FusedValues.known(attribute.dataType())) {
            external = add(new FusedNode.Converted(place, attribute.dataType(), true));
            nodes.set(place, toCatalyst(external, attribute.dataType()));
        }
        expressions.same(attribute).forEach(reference -> places.put(reference, place));
        int externalPlace = external;
        if (external >= 0) {
            expressions.same(attribute).forEach(reference -> externalPlaces.put(reference, externalPlace));
        }
        return new FusedProgram.Input(column, field, place, external);
    }

    private FusedNode toCatalyst(int external, DataType type) {
        return model.fastForms() && VectorRows.knows(type)
                ? new FusedNode.StoredVector(external)
                : new FusedNode.Converted(external, type, false);
    }

    /** Returns the place of an expression's value in Catalyst's form. */
    private int place(Expression expression) {
        Integer known = places.get(expression);
        if (known != null) {
            return known;
        }
        int place;
        if (isSame(expression)) {
            place = place(child(expression));
        } else if (isCall(expression)) {
            DataType type = expression.dataType();
            int external = externalPlace(expression);
            place = FusedValues.sameInBoth(type) ? external : add(toCatalyst(external, type));
        } else if (isToDouble(expression)) {
            place = add(new FusedNode.ToDouble(place(((Cast) expression).child())));
        } else {
            List<Integer> sources = new ArrayList<>();
            Expression bound = expression.mapChildren(child -> bound(child, sources));
            int[] read = sources.stream().mapToInt(Integer::intValue).toArray();
            place = add(new FusedNode.Evaluated(bound, read, FusedExpressions.stateful(bound)));
        }
        places.put(expression, place);
        return place;
    }

    /** Returns the place of an expression's value in the user's form; its type must be known. */
    private int externalPlace(Expression expression) {
        Integer known = externalPlaces.get(expression);
        if (known != null) {
            return known;
        }
        int place;
        if (isSame(expression)) {
            place = externalPlace(child(expression));
        } else if (isCall(expression)) {
            place = call(expression);
        } else {
            DataType type = expression.dataType();
            int own = place(expression);
            place = FusedValues.sameInBoth(type) ? own : add(new FusedNode.Converted(own, type, true));
        }
        externalPlaces.put(expression, place);
        return place;
    }

    private int add(FusedNode node) {
        nodes.add(node);
        return nodes.size() - 1;
    }

    private boolean isCall(Expression expression) {
        return FusedExpressions.function(expression) != null && !expressions.open(expression);
    }

    /** Says whether an expression is its only child: Spark's optimizer would leave it out, but has not seen it. */
    private static boolean isSame(Expression expression) {
        return expression instanceof KnownNotNull
                || (expression instanceof Cast cast
                        && cast.dataType().equals(cast.child().dataType()));
    }

    private static Expression child(Expression expression) {
        return expression.children().head();
    }

    private static boolean isToDouble(Expression expression) {
        return expression instanceof Cast cast
                && cast.dataType().equals(DataTypes.DoubleType)
                && FusedValues.sameInBoth(cast.child().dataType())
                && !cast.child().dataType().equals(DataTypes.BooleanType);
    }

    private int call(Expression expression) {
        ScalaUDF udf = FusedExpressions.function(expression);
        List<Expression> arguments = ScalaInterop.list(udf.children());
        Set<Expression> guarded = FusedExpressions.guarded(expression);
        int[] sources = new int[arguments.size()];
        boolean[] notNull = new boolean[sources.length];
        for (int i = 0; i < sources.length; i++) {
            Expression argument = arguments.get(i);
            sources[i] = argument instanceof CreateNamedStruct struct ? row(struct) : externalPlace(argument);
            notNull[i] = guarded.contains(FusedExpressions.untagged(argument));
        }
        FastFunction fast = model.fastForms() && sources.length == 1
                ? FastForms.of(model.makers().get(expression), udf.function())
                : null;
        Object function = fast == null ? udf.function() : fast;
        FusedNode call = new FusedNode.Call(function, sources, notNull, statefulFunctions);
        if (model.fastForms() && FastIndex.fits(model.makers().get(expression), arguments)) {
            call = FastIndex.of(
                    model.makers().get(expression), place(arguments.get(0)), sources[0], call, udf.function());
        }
        if (model.fastForms()
                && FusedFunctions.assembles(udf.function())
                && sources.length == 1
                && nodes.get(sources[0]) instanceof FusedNode.MakeRow row) {
            call = new FusedNode.Assembled(row.sources(), call);
        }
        int place = add(call);
        // A sequence is given to functions whose parameter is a Seq, but may come as an array.
        return FusedValues.known(udf.dataType()) && udf.dataType() instanceof org.apache.spark.sql.types.ArrayType
                ? add(new FusedNode.Sequence(place))
                : place;
    }

    private int row(CreateNamedStruct struct) {
        Integer known = externalPlaces.get(struct);
        if (known == null) {
            int[] sources = ScalaInterop.list(struct.valExprs()).stream()
                    .mapToInt(this::externalPlace)
                    .toArray();
            known = add(new FusedNode.MakeRow(sources, struct.dataType()));
            externalPlaces.put(struct, known);
        }
        return known;
    }

    /** Replaces what has a place of its own by a reference to it, and notes the place. */
    private Expression bound(Expression expression, List<Integer> sources) {
        boolean own = expression instanceof Attribute
                || isCall(expression)
                || (expressions.shared(expression)
                        && !(expression instanceof LambdaFunction)
                        && !expressions.open(expression));
        if (!own) {
            return expression.mapChildren(child -> bound(child, sources));
        }
        sources.add(place(expression));
        return new BoundReference(place(expression), expression.dataType(), true);
    }

    /** Gives functions that may write into a vector one of their own, where somebody else reads it too. */
    private void protectVectors(List<FusedProgram.Input> inputs, int[] externalOutputs) {
        Map<Integer, Integer> readers = new HashMap<>();
        nodes.forEach(node -> Arrays.stream(node.sources()).forEach(place -> readers.merge(place, 1, Integer::sum)));
        Arrays.stream(externalOutputs).forEach(place -> readers.merge(place, 1, Integer::sum));
        // A row's own vector belongs to the caller.
        inputs.forEach(input -> readers.merge(input.externalPlace(), 1, Integer::sum));
        for (FusedNode node : List.copyOf(nodes)) {
            if (node instanceof FusedNode.Call call && !call.readOnly()) {
                int[] arguments = call.sources();
                for (int i = 0; i < arguments.length; i++) {
                    if (readers.get(arguments[i]) > 1) {
                        arguments[i] = add(new FusedNode.OwnVector(arguments[i]));
                    }
                }
            }
        }
    }
}
