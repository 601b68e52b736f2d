package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.types.DataType;

/** The rows of a partition with the outputs of models beside them, a batch at a time. */
final class ModelBatches implements Iterator<InternalRow> {
    /** A query that wants a few rows should not wait for many; each batch has four times the rows of the one before. */
    private static final int FIRST_ROWS = 16;

    private static final int GROWTH = 4;

    private final Iterator<InternalRow> input;
    private final int mostRows;
    private final UnsafeProjection arguments;
    private final UnsafeProjection joined;
    private final List<Call> calls = new ArrayList<>();
    private final List<InternalRow> rows = new ArrayList<>();
    private final JoinedRow pair = new JoinedRow();

    private InternalRow held;
    private int batchRows;
    private int next;

    /** What a task is given. */
    record Work(
            List<ModelRow> models,
            int mostRows,
            scala.collection.immutable.List<Attribute> input,
            scala.collection.immutable.List<Attribute> output)
            implements Serializable {}

    /** A model with its arguments, which are columns of the projection of all of them. */
    private static final class Call {
        private final BatchEvaluator model;
        private final int from;
        private final DataType[] types;
        private InternalRow[] answers;

        Call(BatchEvaluator model, int from, DataType[] types) {
            this.model = model;
            this.from = from;
            this.types = types;
        }

        Object[] arguments(InternalRow projected) {
            Object[] values = new Object[types.length];
            for (int i = 0; i < types.length; i++) {
                values[i] = projected.isNullAt(from + i) ? null : projected.get(from + i, types[i]);
            }
            return values;
        }
    }

    ModelBatches(Work work, Iterator<InternalRow> input) {
        this.input = input;
        this.mostRows = work.mostRows();
        this.batchRows = Math.min(mostRows, FIRST_ROWS);
        List<Expression> all = new ArrayList<>();
        for (ModelRow model : work.models()) {
            List<Expression> own = ScalaInterop.list(model.children());
            calls.add(new Call(
                    model.program().batches(mostRows),
                    all.size(),
                    own.stream().map(Expression::dataType).toArray(DataType[]::new)));
            all.addAll(own);
        }
        this.arguments = UnsafeProjection.create(SparkCompat.toScala(all), work.input());
        this.arguments.initialize(TaskContext.getPartitionId());
        this.joined = UnsafeProjection.create(
                SparkCompat.toScala(new ArrayList<Expression>(ScalaInterop.<Attribute>list(work.output()))),
                work.output());
    }

    @Override
    public boolean hasNext() {
        return next < rows.size() || held != null || input.hasNext();
    }

    @Override
    public InternalRow next() {
        if (next == rows.size()) {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            readBatch();
        }
        Object[] outputs = new Object[calls.size()];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = calls.get(i).answers[next];
        }
        return joined.apply(pair.apply(rows.get(next++), new GenericInternalRow(outputs)));
    }

    private void readBatch() {
        rows.clear();
        next = 0;
        boolean accepted = true;
        while (accepted && rows.size() < batchRows && (held != null || input.hasNext())) {
            if (held == null) {
                held = input.next().copy();
            }
            accepted = add(held);
            if (accepted) {
                held = null;
            }
        }
        for (Call call : calls) {
            call.answers = call.model.run();
        }
        batchRows = Math.min(mostRows, batchRows * GROWTH);
    }

    /** Returns false if the row does not go with those before; the first row of a batch always does. */
    private boolean add(InternalRow row) {
        InternalRow projected = arguments.apply(row);
        List<Object[]> values = new ArrayList<>(calls.size());
        for (Call call : calls) {
            Object[] own = call.arguments(projected);
            if (!rows.isEmpty() && !call.model.accepts(own)) {
                return false;
            }
            values.add(own);
        }
        for (int i = 0; i < values.size(); i++) {
            calls.get(i).model.add(values.get(i));
        }
        rows.add(row);
        return true;
    }
}
