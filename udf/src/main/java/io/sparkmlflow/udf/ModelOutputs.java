package io.sparkmlflow.udf;

import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType.TensorType;
import io.sparkmlflow.model.ModelSignature;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What a model of another flavor than {@code spark} gives for a row, by its signature. */
final class ModelOutputs {
    /** What an output without a name is called. */
    static final String PREDICTION = "prediction";

    private ModelOutputs() {}

    /**
     * Returns the outputs. A tensor's first dimension are the rows: one of the shape {@code [-1]} is a number, of {@code [-1,
     * 3]} an array. Without a signature the only output is a double, as in Python's {@code spark_udf}.
     *
     * @throws ModelExpressionException if an output has a type that stands for none of Spark's
     */
    static StructType of(String uri, ModelSignature signature) {
        List<ColumnSpec> specs = signature == null ? List.of() : signature.outputs();
        if (specs.isEmpty()) {
            return new StructType().add(PREDICTION, DataTypes.DoubleType, true);
        }
        StructType outputs = new StructType();
        for (int i = 0; i < specs.size(); i++) {
            ColumnSpec spec = specs.get(i);
            DataType type = type(spec);
            String unnamed = specs.size() == 1 ? PREDICTION : String.valueOf(i);
            String name = spec.name() == null ? unnamed : spec.name();
            if (type == null) {
                throw new ModelExpressionException("The model " + uri + " has the output " + name
                        + ", whose type in the signature stands for none of Spark's: " + spec.type());
            }
            outputs = outputs.add(name, type, true);
        }
        return outputs;
    }

    /** Returns the output that is the prediction: the only one, or the one of that name; null if there is none. */
    static String answer(StructType outputs) {
        List<String> names = List.of(outputs.fieldNames());
        return names.size() == 1 ? names.get(0) : names.contains(PREDICTION) ? PREDICTION : null;
    }

    private static DataType type(ColumnSpec spec) {
        if (!(spec.type() instanceof TensorType tensor)) {
            DataType type = SignatureTypes.type(spec.type());
            return type instanceof org.apache.spark.sql.types.UserDefinedType<?>
                    ? DataTypes.createArrayType(DataTypes.DoubleType)
                    : type;
        }
        DataType type = SignatureTypes.elementType(tensor.dtype());
        for (int i = 1; i < tensor.shape().size() && type != null; i++) {
            type = DataTypes.createArrayType(type, true);
        }
        return type;
    }
}
