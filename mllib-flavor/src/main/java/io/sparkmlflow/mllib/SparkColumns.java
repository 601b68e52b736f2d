package io.sparkmlflow.mllib;

import io.sparkmlflow.model.ColumnSpec;
import io.sparkmlflow.model.ColumnType;
import io.sparkmlflow.model.ScalarType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.catalyst.util.CharVarcharUtils;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.CharType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VarcharType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Translates Spark's column types into those of MLflow's signatures, as Python's {@code mlflow.types.infer_schema} does.
 *
 * <p>Where Python fails (decimals, {@code TIMESTAMP_NTZ}, maps, …), the closest legal type is taken instead.
 */
public final class SparkColumns {
    private static final Logger LOG = LoggerFactory.getLogger(SparkColumns.class);

    private static final Map<DataType, ScalarType> EXACT = Map.ofEntries(
            Map.entry(DataTypes.BooleanType, ScalarType.BOOLEAN),
            Map.entry(DataTypes.ByteType, ScalarType.INTEGER),
            Map.entry(DataTypes.ShortType, ScalarType.INTEGER),
            Map.entry(DataTypes.IntegerType, ScalarType.INTEGER),
            Map.entry(DataTypes.LongType, ScalarType.LONG),
            Map.entry(DataTypes.FloatType, ScalarType.FLOAT),
            Map.entry(DataTypes.DoubleType, ScalarType.DOUBLE),
            Map.entry(DataTypes.StringType, ScalarType.STRING),
            Map.entry(DataTypes.BinaryType, ScalarType.BINARY),
            Map.entry(DataTypes.DateType, ScalarType.DATETIME),
            Map.entry(DataTypes.TimestampType, ScalarType.DATETIME));

    private SparkColumns() {}

    /** Returns the columns of a schema in order. Like Python, each is required: MLflow means the column, not its values. */
    public static List<ColumnSpec> of(StructType schema) {
        return columns(schema, SparkColumns::warn);
    }

    /** Returns the same columns for a description of data, which nothing checks: what has no exact type is no surprise there. */
    public static List<ColumnSpec> described(StructType schema) {
        return columns(schema, (column, type, closest) -> {});
    }

    /**
     * Returns the columns of a model's outputs in order. Vectors are arrays of doubles here, which is what Python returns for
     * them; {@code sparkml_vector} as the type of a named output makes its {@code pyfunc} fail.
     */
    static List<ColumnSpec> ofOutputs(StructType schema) {
        return of(schema).stream()
                .map(column -> column.type() instanceof ColumnType.VectorType
                        ? new ColumnSpec(column.name(), new ColumnType.ArrayType(ScalarType.DOUBLE), column.required())
                        : column)
                .toList();
    }

    /** {@code CHAR} and {@code VARCHAR} columns of a table come as strings that say in their metadata what they are. */
    private static DataType declaredType(StructField field) {
        DataType declared = ScalaInterop.orNull(CharVarcharUtils.getRawType(field.metadata()));
        return declared == null ? field.dataType() : declared;
    }

    /** Is told of a column whose type MLflow does not have. */
    private interface Notice {
        void inexact(String column, DataType type, String closest);
    }

    private static List<ColumnSpec> columns(StructType schema, Notice notice) {
        return java.util.Arrays.stream(schema.fields())
                .map(field -> new ColumnSpec(field.name(), type(declaredType(field), field.name(), notice), true))
                .toList();
    }

    private static ColumnType type(DataType type, String column, Notice notice) {
        ScalarType exact = EXACT.get(type);
        if (exact != null) {
            return exact;
        }
        if (type.equals(SQLDataTypes.VectorType())) {
            return new ColumnType.VectorType();
        }
        if (type instanceof ArrayType array) {
            return new ColumnType.ArrayType(type(array.elementType(), column, notice));
        }
        if (type instanceof StructType struct) {
            Map<String, ColumnType.Property> properties = new LinkedHashMap<>();
            for (StructField field : struct.fields()) {
                properties.put(
                        field.name(),
                        new ColumnType.Property(
                                type(declaredType(field), column + "." + field.name(), notice), !field.nullable()));
            }
            return new ColumnType.ObjectType(properties);
        }
        if (type instanceof MapType map) {
            ColumnType.MapType closest = new ColumnType.MapType(type(map.valueType(), column, notice));
            if (!(map.keyType() instanceof StringType)) {
                notice.inexact(column, type, "a map with strings as keys");
            }
            return closest;
        }
        return closest(type, column, notice);
    }

    private static ColumnType closest(DataType type, String column, Notice notice) {
        if (type instanceof DecimalType) {
            notice.inexact(column, type, "double");
            return ScalarType.DOUBLE;
        }
        if (type.equals(DataTypes.TimestampNTZType)) {
            notice.inexact(column, type, "datetime, which has a time zone");
            return ScalarType.DATETIME;
        }
        if (type instanceof CharType || type instanceof VarcharType) {
            notice.inexact(column, type, "string of any length");
            return ScalarType.STRING;
        }
        if (type instanceof StringType) { // with a collation
            return ScalarType.STRING;
        }
        notice.inexact(column, type, "any");
        return new ColumnType.AnyType();
    }

    private static void warn(String column, DataType type, String closest) {
        LOG.warn(
                "MLflow's signatures have no type for column '{}' of type {}: it is described as {}",
                column,
                type.simpleString(),
                closest);
    }
}
