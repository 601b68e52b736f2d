package io.sparkmlflow.udf;

import java.util.List;
import org.apache.spark.sql.types.StructType;

/**
 * An ONNX model as tasks get it.
 *
 * @param tensors what the model takes
 * @param outputs what it is asked for
 */
record OnnxProgram(SharedOnnx model, List<OnnxTensorColumns> tensors, StructType outputs) implements ModelProgram {
    @Override
    public ModelEvaluator evaluator() {
        return new OnnxEvaluator(model, tensors, outputs, 1);
    }

    @Override
    public boolean takesBatches() {
        return tensors.stream().allMatch(OnnxTensorColumns::isBatch);
    }

    @Override
    public BatchEvaluator batches(int mostRows) {
        return new OnnxEvaluator(model, tensors, outputs, mostRows);
    }

    @Override
    public long broadcastId() {
        return model.broadcastId();
    }
}
