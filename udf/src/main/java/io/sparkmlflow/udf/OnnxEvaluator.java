package io.sparkmlflow.udf;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs an ONNX model, for one row or for batches: ONNX Runtime reads the inputs where they were written, and no array is made for
 * them.
 */
final class OnnxEvaluator implements ModelEvaluator, BatchEvaluator {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxEvaluator.class);

    private final SharedOnnx model;
    /** Keeps the session open. */
    private final Object holder;

    private final OrtSession session;
    private final OnnxBuffer[] inputs;
    private final StructField[] outputs;
    private final Set<String> asked = new LinkedHashSet<>();
    private final Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    /** For each row that was added, whether it is in the inputs. */
    private final List<Boolean> added = new ArrayList<>();

    private int rows;
    private boolean oneByOne;

    OnnxEvaluator(SharedOnnx model, List<OnnxTensorColumns> tensors, StructType outputs, int mostRows) {
        this.model = model;
        this.holder = model.holder();
        this.session = model.session();
        this.inputs = tensors.stream()
                .map(columns -> new OnnxBuffer(columns, mostRows))
                .toArray(OnnxBuffer[]::new);
        this.outputs = outputs.fields();
        for (StructField output : this.outputs) {
            asked.add(output.name());
        }
        TaskContext task = TaskContext.get();
        if (task != null) {
            task.addTaskCompletionListener((TaskContext ended) -> close());
        }
    }

    @Override
    public InternalRow row(Object[] arguments) {
        add(arguments);
        return run()[0];
    }

    @Override
    public boolean accepts(Object[] arguments) {
        if (oneByOne && rows > 0) {
            return false;
        }
        for (OnnxBuffer input : inputs) {
            if (!input.accepts(arguments)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void add(Object[] arguments) {
        boolean isComplete = true;
        for (int i = 0; i < inputs.length && isComplete; i++) {
            isComplete = inputs[i].add(arguments);
            for (int j = 0; j < i && !isComplete; j++) {
                inputs[j].removeLast();
            }
        }
        rows += isComplete ? 1 : 0;
        added.add(isComplete);
    }

    @Override
    public InternalRow[] run() {
        InternalRow[] computed = new InternalRow[rows];
        try {
            if (rows > 0 && !together(computed)) {
                for (int i = 0; i < rows; i++) {
                    compute(i, 1, computed);
                }
            }
        } catch (OrtException e) {
            throw new IllegalStateException(
                    "ONNX Runtime can't run the model " + model.uri() + ": " + e.getMessage(), e);
        } finally {
            Reference.reachabilityFence(holder);
        }
        InternalRow[] answers = new InternalRow[added.size()];
        int next = 0;
        for (int i = 0; i < answers.length; i++) {
            answers[i] = added.get(i) ? computed[next++] : null;
        }
        clear();
        return answers;
    }

    private void clear() {
        for (OnnxBuffer input : inputs) {
            input.clear();
        }
        added.clear();
        rows = 0;
    }

    /** Computes all rows in one call. Returns false if the model says that it takes any number of rows, but does not. */
    private boolean together(InternalRow[] computed) throws OrtException {
        if (rows == 1) {
            compute(0, 1, computed);
            return true;
        }
        String why;
        try {
            if (compute(0, rows, computed)) {
                return true;
            }
            why = "its outputs have another number of rows";
        } catch (OrtException e) {
            why = e.getMessage();
        }
        oneByOne = true;
        LOG.info(
                "The model {} is run row by row, because it does not take {} rows at once: {}", model.uri(), rows, why);
        return false;
    }

    private boolean compute(int from, int count, InternalRow[] computed) throws OrtException {
        for (OnnxBuffer input : inputs) {
            tensors.put(input.name(), input.tensor(from, count));
        }
        try (OrtSession.Result result = session.run(tensors, asked)) {
            OnnxOutput[] columns = new OnnxOutput[outputs.length];
            for (int i = 0; i < columns.length; i++) {
                columns[i] = OnnxOutput.of(result.get(outputs[i].name()).orElseThrow(), outputs[i].dataType());
                if (count > 1 && !columns[i].hasRows(count)) {
                    return false;
                }
            }
            for (int row = 0; row < count; row++) {
                Object[] values = new Object[columns.length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = columns[i].row(row);
                }
                computed[from + row] = new GenericInternalRow(values);
            }
            return true;
        }
    }

    private void close() {
        for (OnnxBuffer input : inputs) {
            input.close();
        }
    }
}
