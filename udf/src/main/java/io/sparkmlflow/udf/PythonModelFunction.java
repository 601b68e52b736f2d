package io.sparkmlflow.udf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.python.SimplePythonFunction;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.expressions.PythonUDF;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/** A {@link PythonFunctionModel} over columns: a function of PySpark that takes batches of Arrow. */
final class PythonModelFunction implements ModelFunction {
    /** PySpark's number for a function from an iterator of batches to one of their results. */
    private static final int SCALAR_PANDAS_ITER = 204;

    /** Of the models that a worker keeps for its next task, all but the last one have at most so many bytes of files. */
    private static final long WORKER_BYTES = 1L << 30;

    private static final JsonMapper JSON = new JsonMapper();

    private final Model model;
    private final List<ModelInputs.Input> inputs;
    private final StructType outputs;
    private final String timeZone;
    private final DataType returned;
    private final SimplePythonFunction function;

    /** What is run, and where. */
    record Model(String uri, String key, WorkerPython python, SharedFolder folder) {}

    PythonModelFunction(
            Model model,
            List<ModelInputs.Input> inputs,
            StructType outputs,
            Map<String, Object> params,
            String timeZone) {
        this.model = model;
        this.inputs = inputs;
        this.outputs = outputs;
        this.timeZone = timeZone;
        this.returned = outputs.size() == 1 ? outputs.apply(0).dataType() : outputs;
        this.function = model.python()
                .function(
                        PythonCommand.of(config(params), returned),
                        model.folder().broadcasts());
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
        Expression call = call(arguments);
        return outputs.size() == 1
                ? call
                : new GetStructField(call, outputs.fieldIndex(answer()), Option.apply(answer()));
    }

    @Override
    public Expression struct(List<Expression> arguments) {
        Expression call = call(arguments);
        if (outputs.size() > 1) {
            return call;
        }
        Expression name = Literal.create(outputs.fieldNames()[0], DataTypes.StringType);
        return new CreateNamedStruct(SparkCompat.toScala(List.of(name, call)));
    }

    /** The model's files are counted once, with the model. */
    @Override
    public long bytes() {
        return 0;
    }

    @Override
    public void release() {}

    private Expression call(List<Expression> arguments) {
        List<Expression> columns = ColumnCasts.inputs(inputs, arguments, timeZone);
        return new PythonUDF(
                model.uri(),
                function,
                returned,
                SparkCompat.toScala(columns),
                SCALAR_PANDAS_ITER,
                true,
                NamedExpression$.MODULE$.newExprId());
    }

    private String config(Map<String, Object> params) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("uri", model.uri());
        config.put("key", model.key());
        config.put("folder", model.folder().path());
        config.put(
                "broadcast",
                model.folder().broadcasts().stream()
                        .map(b -> b.id())
                        .findFirst()
                        .orElse(null));
        config.put("bytes", model.folder().bytes());
        config.put("most_bytes", WORKER_BYTES);
        config.put("form", form());
        config.put("inputs", inputs.stream().map(PythonModelFunction::described).toList());
        StructType returnedFields = returned instanceof StructType struct ? struct : outputs;
        config.put(
                "outputs",
                Arrays.stream(returnedFields.fields())
                        .map(PythonModelFunction::described)
                        .toList());
        config.put("struct", returned instanceof StructType);
        config.put("params", params.isEmpty() ? null : params);
        try {
            return JSON.writeValueAsString(config);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("No JSON of " + config, e);
        }
    }

    /** Says what the model is given: a table, tensors by name, or one tensor. */
    private String form() {
        if (inputs.isEmpty() || inputs.get(0).tensor() == null) {
            return "table";
        }
        return inputs.get(0).name() == null ? "tensor" : "tensors";
    }

    private static Map<String, Object> described(ModelInputs.Input input) {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("name", input.name());
        if (input.tensor() != null) {
            description.put(
                    "tensor",
                    Map.of(
                            "dtype",
                            input.tensor().dtype(),
                            "shape",
                            input.tensor().shape()));
        }
        return description;
    }

    private static Map<String, Object> described(StructField output) {
        DataType type = output.dataType();
        String kind;
        if (type instanceof DoubleType || type instanceof FloatType) {
            kind = "number";
        } else if (type instanceof NumericType) {
            kind = "integer";
        } else if (type instanceof BooleanType) {
            kind = "boolean";
        } else if (type instanceof StringType) {
            kind = "string";
        } else {
            kind = type instanceof ArrayType ? "array" : "other";
        }
        return Map.of("name", output.name(), "type", type.simpleString(), "kind", kind);
    }
}
