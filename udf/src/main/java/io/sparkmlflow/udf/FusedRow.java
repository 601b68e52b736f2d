package io.sparkmlflow.udf;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;

/**
 * One row on its way through a fused model: each value is computed when somebody asks for it, and once.
 *
 * <p>The first values are the model's outputs, so this is also the struct that the model's function returns: a field that
 * nobody reads costs nothing. It must be read while the row that it was made from is current, as Spark's own operators do;
 * {@link #copy} makes it independent.
 */
final class FusedRow extends GenericInternalRow {
    private static final long serialVersionUID = 1L;

    private static final Object NULL = new Object();

    private final transient FusedNode[] nodes;
    private final transient Object[] values;
    private final int outputs;

    FusedRow(FusedNode[] nodes, int outputs) {
        this(nodes, new Object[nodes.length], outputs);
    }

    private FusedRow(FusedNode[] nodes, Object[] values, int outputs) {
        super(values);
        this.nodes = nodes;
        this.values = values;
        this.outputs = outputs;
    }

    /** Puts a value into its place, so that it is not computed. */
    void give(int place, Object value) {
        values[place] = value == null ? NULL : value;
    }

    /** Returns the value of a place, null where it is null. */
    Object value(int place) {
        Object value = values[place];
        if (value == null) {
            value = nodes[place].compute(this);
            values[place] = value == null ? NULL : value;
            return value;
        }
        return value == NULL ? null : value;
    }

    /** Returns the value of a place if it is there already; else, and for null, null. */
    Object known(int place) {
        Object value = values[place];
        return value == NULL ? null : value;
    }

    @Override
    public Object genericGet(int ordinal) {
        return value(ordinal);
    }

    @Override
    public boolean isNullAt(int ordinal) {
        return value(ordinal) == null;
    }

    @Override
    public int numFields() {
        return outputs;
    }

    @Override
    public GenericInternalRow copy() {
        Object[] fields = new Object[outputs];
        for (int i = 0; i < outputs; i++) {
            fields[i] = InternalRow.copyValue(value(i));
        }
        return new GenericInternalRow(fields);
    }

    private Object writeReplace() {
        return copy();
    }
}
