package io.sparkmlflow.udf;

import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType;
import io.sparkmlflow.model.ColumnType.TensorType;
import io.sparkmlflow.model.ModelSignature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Chooses the columns of a call that a model by its signature reads, and what they are cast to.
 *
 * <p>Named columns and tensors are found by their names, in any case unless Spark's SQL is case-sensitive; others by their places.
 * Without a signature the model gets all columns.
 */
final class ModelInputs {
    private final String uri;
    private final StructType given;
    private final boolean caseSensitive;
    private final List<Input> inputs = new ArrayList<>();

    /**
     * A column that goes to the model.
     *
     * @param argument its place among the columns of the call
     * @param name the model's name for it; null if it is part of a tensor that has none
     * @param type what it is cast to
     * @param tensor what it is to the model; null if it is a column of a table
     */
    record Input(int argument, String name, DataType type, TensorType tensor) {}

    private ModelInputs(String uri, StructType given, boolean caseSensitive) {
        this.uri = uri;
        this.given = given;
        this.caseSensitive = caseSensitive;
    }

    /**
     * Chooses the inputs of a model.
     *
     * @param signature null if the model has none
     * @throws ModelExpressionException if a column is missing, or has a type that the model doesn't take
     */
    static List<Input> choose(String uri, ModelSignature signature, StructType given, boolean caseSensitive) {
        ModelInputs chosen = new ModelInputs(uri, given, caseSensitive);
        List<ColumnSpec> specs = signature == null ? List.of() : signature.inputs();
        if (specs.isEmpty()) {
            chosen.all();
        } else if (specs.get(0).name() != null) {
            chosen.byName(specs);
        } else if (specs.get(0).type() instanceof TensorType tensor) {
            chosen.asOneTensor(tensor);
        } else {
            chosen.byPlace(specs);
        }
        return List.copyOf(chosen.inputs);
    }

    private void all() {
        for (int i = 0; i < given.size(); i++) {
            DataType type = ColumnCasts.natural(given.apply(i).dataType());
            if (type == null) {
                throw new ModelExpressionException("The model " + uri + " can't be given the column "
                        + given.apply(i).name() + " of the type "
                        + given.apply(i).dataType().simpleString()
                        + ", which Spark can't send to Python; leave it out or cast it");
            }
            inputs.add(new Input(i, given.apply(i).name(), type, null));
        }
    }

    private void byName(List<ColumnSpec> specs) {
        Map<ColumnSpec, Integer> places = new LinkedHashMap<>();
        List<String> missing = new ArrayList<>();
        for (ColumnSpec spec : specs) {
            int place = place(spec.name());
            if (place >= 0) {
                places.put(spec, place);
            } else if (spec.required()) {
                missing.add(spec.name());
            }
        }
        if (!missing.isEmpty()) {
            throw new ModelExpressionException("The model " + uri + " needs the column"
                    + (missing.size() == 1 ? " " : "s ")
                    + String.join(", ", missing) + ", which the call doesn't give; given: " + given.simpleString()
                    + "; the model reads: "
                    + String.join(", ", specs.stream().map(ColumnSpec::name).toList()));
        }
        places.forEach((spec, place) -> add(place, spec.name(), spec.type()));
    }

    private int place(String name) {
        List<String> names = List.of(given.fieldNames());
        int exact = names.indexOf(name);
        if (exact >= 0 || caseSensitive) {
            return exact;
        }
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).equalsIgnoreCase(name)) {
                return i;
            }
        }
        return -1;
    }

    private void byPlace(List<ColumnSpec> specs) {
        requireCount(specs.size());
        for (int i = 0; i < specs.size(); i++) {
            add(i, String.valueOf(i), specs.get(i).type());
        }
    }

    /** An array is a row of the tensor, and so are numbers beside each other. */
    private void asOneTensor(TensorType tensor) {
        boolean rows = given.size() == 1 && given.apply(0).dataType() instanceof ArrayType;
        int width = tensor.shape().size() == 2 ? tensor.shape().get(1) : -1;
        if (!rows && width >= 0) {
            requireCount(width);
        }
        for (int i = 0; i < given.size(); i++) {
            add(i, null, tensor);
        }
    }

    private void requireCount(int count) {
        if (given.size() != count) {
            throw new ModelExpressionException("The model " + uri + " takes " + count
                    + " columns, whose names its signature doesn't say, but was given " + given.size() + ": "
                    + given.simpleString() + "; give just these, in their order");
        }
    }

    private void add(int place, String name, ColumnType wanted) {
        DataType column = given.apply(place).dataType();
        DataType type;
        TensorType tensor = null;
        if (wanted instanceof TensorType asTensor) {
            tensor = asTensor;
            type = tensorType(column, asTensor);
        } else if (wanted instanceof ColumnType.AnyType) {
            type = ColumnCasts.natural(column);
        } else if (wanted instanceof ColumnType.VectorType) {
            type = DataTypes.createArrayType(DataTypes.DoubleType);
        } else {
            type = SignatureTypes.type(wanted);
        }
        // A tensor of float32 takes SQL's doubles: nothing else in SQL is a literal number.
        boolean fits = type != null && (tensor != null ? tensorFits(column, type) : ColumnCasts.fits(column, type));
        if (!fits) {
            throw new ModelExpressionException("The model " + uri + " takes the column "
                    + given.apply(place).name() + " as " + (type == null ? described(wanted) : type.simpleString())
                    + ", but was given " + column.simpleString() + "; cast it if that loses nothing");
        }
        inputs.add(new Input(place, name, type, tensor));
    }

    private static String described(ColumnType wanted) {
        return wanted instanceof TensorType tensor ? "a tensor of " + tensor.dtype() : "what Spark has no type for";
    }

    /** Returns a tensor's element type in as many arrays as the column has. */
    private static DataType tensorType(DataType column, TensorType tensor) {
        if (column instanceof ArrayType array) {
            DataType element = tensorType(array.elementType(), tensor);
            return element == null ? null : DataTypes.createArrayType(element, true);
        }
        return SignatureTypes.elementType(tensor.dtype());
    }

    private static boolean tensorFits(DataType column, DataType wanted) {
        if (column instanceof ArrayType array && wanted instanceof ArrayType wantedArray) {
            return tensorFits(array.elementType(), wantedArray.elementType());
        }
        return ColumnCasts.fits(column, wanted)
                || (column.equals(DataTypes.DoubleType) && wanted.equals(DataTypes.FloatType));
    }
}
