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
        return new OnnxEvaluator(model, tensors, outputs);
    }

    @Override
    public long broadcastId() {
        return model.broadcastId();
    }
}
