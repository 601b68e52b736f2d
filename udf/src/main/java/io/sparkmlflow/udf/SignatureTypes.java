package io.sparkmlflow.udf;

import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.model.ScalarType;
import java.util.Map;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Spark's types for those of a signature. */
final class SignatureTypes {
    private SignatureTypes() {}

    /**
     * Returns the named input columns of a signature in their order.
     *
     * @return the columns; null if the signature has a type that stands for no type of Spark's
     */
    static StructType inputs(ModelSignature signature) {
        StructType inputs = new StructType();
        for (ColumnSpec column : signature.inputs()) {
            DataType type = type(column.type());
            if (type == null) {
                return null;
            }
            inputs = column.name() == null ? inputs : inputs.add(column.name(), type, true);
        }
        return inputs;
    }

    /** Returns the type of Spark's that stands for one of a signature's; null if none does, as for tensors. */
    static DataType type(ColumnType type) {
        if (type instanceof ScalarType scalar) {
            return switch (scalar) {
                case BOOLEAN -> DataTypes.BooleanType;
                case INTEGER -> DataTypes.IntegerType;
                case LONG -> DataTypes.LongType;
                case FLOAT -> DataTypes.FloatType;
                case DOUBLE -> DataTypes.DoubleType;
                case STRING -> DataTypes.StringType;
                case BINARY -> DataTypes.BinaryType;
                case DATETIME -> DataTypes.TimestampType;
            };
        } else if (type instanceof ColumnType.VectorType) {
            return SQLDataTypes.VectorType();
        } else if (type instanceof ColumnType.ArrayType array) {
            DataType items = type(array.items());
            return items == null ? null : DataTypes.createArrayType(items, true);
        } else if (type instanceof ColumnType.MapType map) {
            DataType values = type(map.values());
            return values == null ? null : DataTypes.createMapType(DataTypes.StringType, values, true);
        } else if (type instanceof ColumnType.ObjectType object) {
            StructType struct = new StructType();
            for (Map.Entry<String, ColumnType.Property> property :
                    object.properties().entrySet()) {
                DataType field = type(property.getValue().type());
                if (field == null) {
                    return null;
                }
                struct = struct.add(property.getKey(), field, true);
            }
            return struct;
        }
        return null;
    }

    /** Returns the type for the elements of a tensor, by NumPy's name; null if there is none. */
    static DataType elementType(String dtype) {
        return switch (dtype) {
            case "float64" -> DataTypes.DoubleType;
            case "float32", "float16" -> DataTypes.FloatType;
            case "int64", "uint32" -> DataTypes.LongType;
            case "int32", "uint16" -> DataTypes.IntegerType;
            case "int16", "uint8" -> DataTypes.ShortType;
            case "int8" -> DataTypes.ByteType;
            case "bool" -> DataTypes.BooleanType;
            case "object", "str", "string" -> DataTypes.StringType;
            default -> dtype.startsWith("<U") ? DataTypes.StringType : null;
        };
    }
}
