package io.sparkmlflow.udf;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/** An {@link OnnxModel} over columns. */
final class OnnxFunction implements ModelFunction {
    /** What converters call the predicted class. */
    private static final List<String> ANSWERS = List.of(ModelOutputs.PREDICTION, "label", "output_label");

    private final SharedOnnx model;
    private final List<ModelInputs.Input> inputs;
    private final List<OnnxTensorColumns> tensors;
    private final StructType outputs;
    private final String timeZone;

    OnnxFunction(
            SharedOnnx model,
            List<ModelInputs.Input> inputs,
            List<OnnxTensorColumns> tensors,
            StructType outputs,
            String timeZone) {
        this.model = model;
        this.inputs = inputs;
        this.tensors = tensors;
        this.outputs = outputs;
        this.timeZone = timeZone;
    }

    @Override
    public Set<String> outputNames() {
        return new LinkedHashSet<>(List.of(outputs.fieldNames()));
    }

    @Override
    public String answer() {
        Set<String> names = outputNames();
        return names.size() == 1
                ? names.iterator().next()
                : ANSWERS.stream().filter(names::contains).findFirst().orElse(null);
    }

    @Override
    public boolean dropsRows() {
        return false;
    }

    @Override
    public Metadata metadata(String output) {
        return Metadata.empty();
    }

    @Override
    public Expression prediction(List<Expression> arguments) {
        StructField field = outputs.apply(answer());
        return new GetStructField(row(new StructType(new StructField[] {field}), arguments), 0, Option.apply(answer()));
    }

    @Override
    public Expression struct(List<Expression> arguments) {
        return row(outputs, arguments);
    }

    /** What is not asked for is not computed. */
    private Expression row(StructType asked, List<Expression> arguments) {
        List<Expression> columns = ColumnCasts.inputs(inputs, arguments, timeZone);
        return new ModelRow(new OnnxProgram(model, List.copyOf(tensors), asked), asked, true, columns);
    }

    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public void release() {}
}
