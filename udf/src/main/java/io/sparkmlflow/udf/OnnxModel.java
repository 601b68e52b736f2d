package io.sparkmlflow.udf;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType.TensorType;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ParamSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model of the flavor {@code onnx}, which ONNX Runtime runs in the JVM. */
final class OnnxModel implements ModelRuntime {
    static final String FLAVOR = "onnx";

    private static final Logger LOG = LoggerFactory.getLogger(OnnxModel.class);

    private final SharedOnnx shared;
    private final ModelSignature signature;
    private final Map<String, TensorInfo> inputs;
    private final Map<String, DataType> outputs;

    private OnnxModel(
            SharedOnnx shared,
            ModelSignature signature,
            Map<String, TensorInfo> inputs,
            Map<String, DataType> outputs) {
        this.shared = shared;
        this.signature = signature;
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /**
     * Loads a model on the driver, to see what it takes and gives.
     *
     * @param folder the model's files
     * @throws ModelExpressionException if ONNX Runtime can't load it, or it takes something else than tensors
     */
    static OnnxModel of(SparkSession spark, String uri, Path folder, MlModel mlmodel) throws IOException {
        OnnxFiles files = OnnxFiles.read(folder, mlmodel);
        SharedOnnx shared = SharedOnnx.share(spark, uri, files);
        try {
            Map<String, TensorInfo> inputs = new LinkedHashMap<>();
            for (NodeInfo input : shared.session().getInputInfo().values()) {
                if (!(input.getInfo() instanceof TensorInfo tensor) || OnnxTypes.dtype(tensor.type) == null) {
                    throw new ModelExpressionException("its input " + input.getName()
                            + " is no tensor of numbers, texts or" + " booleans but " + input.getInfo());
                }
                inputs.put(input.getName(), tensor);
            }
            return new OnnxModel(
                    shared,
                    mlmodel.signature().orElse(null),
                    inputs,
                    outputs(uri, shared.session().getOutputInfo().values()));
        } catch (OrtException e) {
            throw new ModelExpressionException("ONNX Runtime says: " + e.getMessage(), e);
        }
    }

    private static Map<String, DataType> outputs(String uri, Iterable<NodeInfo> infos) {
        Map<String, DataType> outputs = new LinkedHashMap<>();
        for (NodeInfo output : infos) {
            DataType type = output.getInfo() instanceof TensorInfo tensor ? type(tensor) : null;
            if (type == null) {
                LOG.warn(
                        "The output {} of the model {} is left out, because it is no tensor but {} (of skl2onnx's probabilities,"
                                + " the option zipmap=False makes one)",
                        output.getName(),
                        uri,
                        output.getInfo());
            } else {
                outputs.put(output.getName(), type);
            }
        }
        return outputs;
    }

    /** The first dimension are the rows; a row of one number is that number, as in Python. */
    private static DataType type(TensorInfo tensor) {
        String dtype = OnnxTypes.dtype(tensor.type);
        DataType type = dtype == null ? null : SignatureTypes.elementType(dtype);
        long[] shape = tensor.getShape();
        boolean scalar = Arrays.stream(shape).skip(1).allMatch(size -> size == 1);
        for (int i = 1; i < shape.length && type != null && !scalar; i++) {
            type = DataTypes.createArrayType(type, true);
        }
        return type;
    }

    @Override
    public void prepare(SparkSession spark) {
        BatchStrategy.addTo(spark);
    }

    @Override
    public List<ParamSpec> params() {
        return List.of();
    }

    @Override
    public ModelFunction function(SparkSession spark, String uri, StructType given, Map<String, Object> params) {
        boolean caseSensitive = Boolean.parseBoolean(spark.conf().get("spark.sql.caseSensitive"));
        List<ModelInputs.Input> columns = ModelInputs.choose(uri, columns(), given, caseSensitive);
        StructType fields = new StructType();
        for (Map.Entry<String, DataType> output : outputs.entrySet()) {
            fields = fields.add(output.getKey(), output.getValue(), true);
        }
        return new OnnxFunction(
                shared, columns, tensors(uri, columns), fields, spark.conf().get("spark.sql.session.timeZone"));
    }

    /** Returns the signature, or what the model itself says where its tensors have to be told apart by their names. */
    private ModelSignature columns() {
        boolean signed = signature != null && !signature.inputs().isEmpty();
        if (inputs.size() == 1 && (signed || !isTensorColumn())) {
            return signed ? signature : null;
        }
        List<ColumnSpec> specs = new ArrayList<>();
        inputs.forEach((name, tensor) -> specs.add(new ColumnSpec(
                name,
                new TensorType(
                        OnnxTypes.dtype(tensor.type),
                        Arrays.stream(tensor.getShape())
                                .mapToObj(size -> (int) size)
                                .toList()),
                true)));
        return new ModelSignature(specs, List.of(), List.of());
    }

    /** An image, say, is a column of its own; a row of numbers is the columns of a table. */
    private boolean isTensorColumn() {
        return inputs.values().iterator().next().getShape().length > 2;
    }

    /** Says of which columns each of the model's tensors is made: of all if it is the only one. */
    private List<OnnxTensorColumns> tensors(String uri, List<ModelInputs.Input> columns) {
        List<OnnxTensorColumns> tensors = new ArrayList<>();
        inputs.forEach((name, tensor) -> {
            List<Integer> own = new ArrayList<>();
            List<DataType> types = new ArrayList<>();
            for (int i = 0; i < columns.size(); i++) {
                if (inputs.size() == 1 || name.equals(columns.get(i).name())) {
                    own.add(i);
                    types.add(columns.get(i).type());
                }
            }
            tensors.add(OnnxTensorColumns.of(uri, name, tensor, own, types));
        });
        return tensors;
    }

    @Override
    public long bytes() {
        return shared.bytes();
    }

    @Override
    public void release() {
        shared.release();
    }
}
