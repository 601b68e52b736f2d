package io.sparkmlflow.udf;

import java.io.Serializable;
import java.util.HashMap;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Function1;
import scala.Function2;
import scala.Function3;
import scala.Function4;
import scala.Function5;

/** One step of a fused model; it names the values that it needs by their places in the {@link FusedRow}. */
abstract class FusedNode implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Computes the value, null included. */
    abstract Object compute(FusedRow row);

    /** Returns the places that it reads. */
    abstract int[] sources();

    /** Says whether two threads must not use this object at the same time. */
    boolean stateful() {
        return false;
    }

    /** A value that every row is given. */
    static final class Given extends FusedNode {
        private static final long serialVersionUID = 1L;

        @Override
        int[] sources() {
            return new int[0];
        }

        @Override
        Object compute(FusedRow row) {
            throw new IllegalStateException("A row was not given all of its inputs");
        }
    }

    /** What is made of the value of one other place. */
    private abstract static class OneSource extends FusedNode {
        private static final long serialVersionUID = 1L;

        final int source;

        OneSource(int source) {
            this.source = source;
        }

        @Override
        final int[] sources() {
            return new int[] {source};
        }
    }

    /** The value of another place. */
    static final class Same extends OneSource {
        private static final long serialVersionUID = 1L;

        Same(int source) {
            super(source);
        }

        @Override
        Object compute(FusedRow row) {
            return row.value(source);
        }
    }

    /** The other form of a value, see {@link FusedValues}. */
    static final class Converted extends OneSource {
        private static final long serialVersionUID = 1L;

        private final DataType type;
        private final boolean toExternal;

        Converted(int source, DataType type, boolean toExternal) {
            super(source);
            this.type = type;
            this.toExternal = toExternal;
        }

        @Override
        Object compute(FusedRow row) {
            Object value = row.value(source);
            return toExternal ? FusedValues.toExternal(value, type) : FusedValues.toCatalyst(value, type);
        }
    }

    /** A vector in Catalyst's form, see {@link VectorRows}. */
    static final class StoredVector extends OneSource {
        private static final long serialVersionUID = 1L;

        StoredVector(int source) {
            super(source);
        }

        @Override
        Object compute(FusedRow row) {
            return VectorRows.of(row.value(source));
        }
    }

    /** What a function gave as an array or a sequence, as a sequence that the next function takes. */
    static final class Sequence extends OneSource {
        private static final long serialVersionUID = 1L;

        Sequence(int source) {
            super(source);
        }

        @Override
        Object compute(FusedRow row) {
            return FusedValues.asSeq(row.value(source));
        }
    }

    /** A copy of a vector, for a function that may write into it. */
    static final class OwnVector extends OneSource {
        private static final long serialVersionUID = 1L;

        OwnVector(int source) {
            super(source);
        }

        @Override
        Object compute(FusedRow row) {
            Object value = row.value(source);
            return value instanceof Vector vector ? vector.copy() : value;
        }
    }

    /** A number of any size as a double. */
    static final class ToDouble extends OneSource {
        private static final long serialVersionUID = 1L;

        ToDouble(int source) {
            super(source);
        }

        @Override
        Object compute(FusedRow row) {
            Object value = row.value(source);
            return value == null || value instanceof Double ? value : (Object) ((Number) value).doubleValue();
        }
    }

    /** Several values as one {@code Row}, for a function of a struct. */
    static final class MakeRow extends FusedNode {
        private static final long serialVersionUID = 1L;

        private final int[] sources;
        private final StructType schema;

        MakeRow(int[] sources, StructType schema) {
            this.sources = sources;
            this.schema = schema;
        }

        @Override
        int[] sources() {
            return sources;
        }

        @Override
        Object compute(FusedRow row) {
            Object[] fields = new Object[sources.length];
            for (int i = 0; i < fields.length; i++) {
                fields[i] = row.value(sources[i]);
            }
            return new GenericRowWithSchema(fields, schema);
        }
    }

    /** A function of MLlib, called with the user's form of its arguments. */
    static final class Call extends FusedNode {
        private static final long serialVersionUID = 1L;

        static final int MOST_ARGUMENTS = 5;

        // Spark ships the same function to the executors: it is serializable, though its type doesn't say so.
        @SuppressWarnings("serial")
        private final Object function;

        private final int[] arguments;
        private final boolean[] notNull;
        private final boolean stateful;

        /**
         * Makes a call.
         *
         * @param notNull for each argument, whether the answer is null when it is null
         */
        Call(Object function, int[] arguments, boolean[] notNull, boolean stateful) {
            this.function = function;
            this.arguments = arguments;
            this.notNull = notNull;
            this.stateful = stateful;
        }

        @Override
        int[] sources() {
            return arguments;
        }

        Object function() {
            return function;
        }

        /** Says whether it leaves its arguments as they are: some functions of MLlib write into the vector that they get. */
        boolean readOnly() {
            return !stateful && FusedFunctions.readOnly(function);
        }

        @Override
        boolean stateful() {
            return stateful;
        }

        @Override
        @SuppressWarnings("unchecked")
        Object compute(FusedRow row) {
            for (int i = 0; i < arguments.length; i++) {
                if (notNull[i] && row.value(arguments[i]) == null) {
                    return null;
                }
            }
            return switch (arguments.length) {
                case 1 -> ((Function1<Object, Object>) function).apply(row.value(arguments[0]));
                case 2 ->
                    ((Function2<Object, Object, Object>) function)
                            .apply(row.value(arguments[0]), row.value(arguments[1]));
                case 3 ->
                    ((Function3<Object, Object, Object, Object>) function)
                            .apply(row.value(arguments[0]), row.value(arguments[1]), row.value(arguments[2]));
                case 4 ->
                    ((Function4<Object, Object, Object, Object, Object>) function)
                            .apply(
                                    row.value(arguments[0]),
                                    row.value(arguments[1]),
                                    row.value(arguments[2]),
                                    row.value(arguments[3]));
                default ->
                    ((Function5<Object, Object, Object, Object, Object, Object>) function)
                            .apply(
                                    row.value(arguments[0]),
                                    row.value(arguments[1]),
                                    row.value(arguments[2]),
                                    row.value(arguments[3]),
                                    row.value(arguments[4]));
            };
        }
    }

    /** Anything else that Catalyst can compute; its references are places in the row. */
    static final class Evaluated extends FusedNode {
        private static final long serialVersionUID = 1L;

        // Scala's case classes are serializable, the trait Expression is not.
        @SuppressWarnings("serial")
        private final Expression expression;

        private final boolean stateful;

        private final int[] sources;

        Evaluated(Expression expression, int[] sources, boolean stateful) {
            this.expression = expression;
            this.sources = sources;
            this.stateful = stateful;
        }

        @Override
        int[] sources() {
            return sources;
        }

        @Override
        boolean stateful() {
            return stateful;
        }

        @Override
        Object compute(FusedRow row) {
            return expression.eval(row);
        }
    }

    /**
     * Numbers and vectors as one vector, as {@code VectorAssembler} does it, without its intermediate row and growing
     * arrays. What that treats specially (null, NaN) is left to its own function.
     */
    static final class Assembled extends FusedNode {
        private static final long serialVersionUID = 1L;

        private final int[] sources;
        private final FusedNode own;

        Assembled(int[] sources, FusedNode own) {
            this.sources = sources;
            this.own = own;
        }

        @Override
        int[] sources() {
            return sources;
        }

        @Override
        Object compute(FusedRow row) {
            Vector vector = FusedVectors.concatenated(row, sources);
            return vector == null ? own.compute(row) : vector;
        }
    }

    /**
     * The index of a label, as {@code StringIndexer} gives it, looked up by what the row was given: text that Spark holds as bytes is
     * not decoded. What is no label is left to MLlib's own function.
     */
    static final class Indexed extends FusedNode {
        private static final long serialVersionUID = 1L;

        private final int text;
        private final int external;
        private final FusedNode own;
        private final HashMap<UTF8String, Double> indices;
        private final HashMap<String, Double> externalIndices;

        /**
         * Makes the look-up.
         *
         * @param text the place of the text in Catalyst's form
         * @param external its place in the user's form
         */
        Indexed(
                int text,
                int external,
                FusedNode own,
                HashMap<UTF8String, Double> indices,
                HashMap<String, Double> externalIndices) {
            this.text = text;
            this.external = external;
            this.own = own;
            this.indices = indices;
            this.externalIndices = externalIndices;
        }

        @Override
        int[] sources() {
            return own.sources();
        }

        @Override
        boolean stateful() {
            return own.stateful();
        }

        @Override
        Object compute(FusedRow row) {
            Object given = row.known(text);
            Double index = given == null ? externalIndices.get(row.value(external)) : indices.get(given);
            return index == null ? own.compute(row) : index;
        }
    }
}
