package io.sparkmlflow.udf;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.lang.ref.Reference;
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

/** Runs an ONNX model row by row: ONNX Runtime reads the inputs where they were written, and no array is made for them. */
final class OnnxEvaluator implements ModelEvaluator {
    private final SharedOnnx model;
    /** Keeps the session open. */
    private final Object holder;

    private final OrtSession session;
    private final OnnxBuffer[] inputs;
    private final StructField[] outputs;
    private final Set<String> asked = new LinkedHashSet<>();
    private final Map<String, OnnxTensor> tensors = new LinkedHashMap<>();

    OnnxEvaluator(SharedOnnx model, List<OnnxTensorColumns> tensors, StructType outputs) {
        this.model = model;
        this.holder = model.holder();
        this.session = model.session();
        this.inputs = tensors.stream().map(OnnxBuffer::new).toArray(OnnxBuffer[]::new);
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
        try {
            for (OnnxBuffer input : inputs) {
                OnnxTensor tensor = input.tensor(arguments);
                if (tensor == null) {
                    return null;
                }
                tensors.put(input.name(), tensor);
            }
            try (OrtSession.Result result = session.run(tensors, asked)) {
                Object[] values = new Object[outputs.length];
                for (int i = 0; i < values.length; i++) {
                    Object value = result.get(outputs[i].name()).orElseThrow().getValue();
                    values[i] = OnnxTypes.catalyst(value, 0, outputs[i].dataType());
                }
                return new GenericInternalRow(values);
            }
        } catch (OrtException e) {
            throw new IllegalStateException(
                    "ONNX Runtime can't run the model " + model.uri() + ": " + e.getMessage(), e);
        } finally {
            Reference.reachabilityFence(holder);
        }
    }

    private void close() {
        for (OnnxBuffer input : inputs) {
            input.close();
        }
    }
}
