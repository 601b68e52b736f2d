package io.sparkmlflow.udf;

import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ParamSpec;
import io.sparkmlflow.model.ScalarType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GreaterThan;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Multiply;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;

/** A model that is not MLlib's: its column {@code x} times the param {@code factor}, and a name for what is above zero. */
final class WeightedSum implements ModelRuntime {
    static final ModelSignature SIGNATURE = new ModelSignature(
            List.of(new ColumnSpec("x", ScalarType.DOUBLE, true), new ColumnSpec("note", ScalarType.STRING, false)),
            List.of(
                    new ColumnSpec("prediction", ScalarType.DOUBLE, true),
                    new ColumnSpec("sign", ScalarType.STRING, true)),
            List.of(
                    new ParamSpec("factor", ScalarType.DOUBLE, "2.0", false),
                    new ParamSpec("count", ScalarType.INTEGER, "1", false),
                    new ParamSpec("exact", ScalarType.BOOLEAN, "false", false),
                    new ParamSpec("since", ScalarType.DATETIME, "null", false),
                    new ParamSpec("names", ScalarType.STRING, "[\"up\"]", true),
                    new ParamSpec("options", new ColumnType.ObjectType(Map.of()), "{}", false)));

    private int released;

    static LoadedModel model(String uri) {
        return new LoadedModel(null, uri, SIGNATURE.inputNames(), SignatureTypes.inputs(SIGNATURE), new WeightedSum());
    }

    int released() {
        return released;
    }

    @Override
    public List<ParamSpec> params() {
        return SIGNATURE.params();
    }

    @Override
    public ModelFunction function(SparkSession spark, String uri, StructType given, Map<String, Object> params) {
        List<ModelInputs.Input> inputs = ModelInputs.choose(uri, SIGNATURE, given, false);
        StructType outputs = ModelOutputs.of(uri, SIGNATURE);
        double factor = (Double) params.getOrDefault("factor", 2.0);
        List<?> names = (List<?>) params.getOrDefault("names", List.of("up"));
        return new Function(inputs.get(0), outputs, factor, (String) names.get(0));
    }

    @Override
    public long bytes() {
        return 1;
    }

    @Override
    public void release() {
        released++;
    }

    private static final class Function implements ModelFunction {
        private final ModelInputs.Input input;
        private final StructType outputs;
        private final double factor;
        private final String name;

        Function(ModelInputs.Input input, StructType outputs, double factor, String name) {
            this.input = input;
            this.outputs = outputs;
            this.factor = factor;
            this.name = name;
        }

        @Override
        public Set<String> outputNames() {
            return new LinkedHashSet<>(List.of(outputs.fieldNames()));
        }

        @Override
        public String answer() {
            return ModelOutputs.answer(outputs);
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
            Expression x = ColumnCasts.cast(arguments.get(input.argument()), input.type(), "UTC");
            return new Multiply(x, Literal.create(factor, DataTypes.DoubleType));
        }

        @Override
        public Expression struct(List<Expression> arguments) {
            Expression prediction = prediction(arguments);
            Expression sign = new If(
                    new GreaterThan(prediction, Literal.create(0.0, DataTypes.DoubleType)), text(name), text("down"));
            return new CreateNamedStruct(
                    SparkCompat.toScala(List.of(text("prediction"), prediction, text("sign"), sign)));
        }

        private static Expression text(String text) {
            return Literal.create(text, DataTypes.StringType);
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void release() {}
    }
}
