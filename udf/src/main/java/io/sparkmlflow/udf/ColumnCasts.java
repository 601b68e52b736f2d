package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import scala.Option;

/** The casts that MLflow's schema enforcement makes of the columns of a call: those that lose nothing. */
final class ColumnCasts {
    private static final Set<DataType> WHOLE =
            Set.of(DataTypes.ByteType, DataTypes.ShortType, DataTypes.IntegerType, DataTypes.LongType);

    private ColumnCasts() {}

    /** Returns what goes to a model of the arguments of a call, in the model's order and types. */
    static List<Expression> inputs(List<ModelInputs.Input> inputs, List<Expression> arguments, String timeZone) {
        List<Expression> columns = new ArrayList<>();
        for (ModelInputs.Input input : inputs) {
            columns.add(cast(arguments.get(input.argument()), input.type(), timeZone));
        }
        return columns;
    }

    /**
     * Says whether a model that wants one type takes another. Whole numbers are real numbers, as for MLflow, and so are SQL's
     * decimals, which is what it calls {@code 1.5}.
     */
    static boolean fits(DataType given, DataType wanted) {
        if (given.equals(wanted) || given instanceof NullType) {
            return true;
        }
        if (given instanceof StringType) {
            return wanted instanceof StringType;
        }
        if (wanted.equals(DataTypes.DoubleType) || wanted.equals(DataTypes.FloatType)) {
            boolean narrows = given.equals(DataTypes.DoubleType) && wanted.equals(DataTypes.FloatType);
            return given instanceof NumericType && !narrows;
        }
        if (WHOLE.contains(given) && WHOLE.contains(wanted)) {
            return given.defaultSize() < wanted.defaultSize();
        }
        if (wanted instanceof TimestampType) {
            return given.equals(DataTypes.DateType) || given instanceof TimestampNTZType;
        }
        return nestedFits(given, wanted);
    }

    private static boolean nestedFits(DataType given, DataType wanted) {
        if (given instanceof ArrayType array && wanted instanceof ArrayType wantedArray) {
            return fits(array.elementType(), wantedArray.elementType());
        }
        if (given instanceof MapType map && wanted instanceof MapType wantedMap) {
            return fits(map.keyType(), wantedMap.keyType()) && fits(map.valueType(), wantedMap.valueType());
        }
        if (given instanceof StructType struct && wanted instanceof StructType wantedStruct) {
            return structFits(struct, wantedStruct);
        }
        return false;
    }

    /** Fields are cast by their places, so the names must be the same. */
    private static boolean structFits(StructType given, StructType wanted) {
        if (given.size() != wanted.size()) {
            return false;
        }
        for (int i = 0; i < given.size(); i++) {
            StructField field = given.apply(i);
            if (!field.name().equals(wanted.apply(i).name())
                    || !fits(field.dataType(), wanted.apply(i).dataType())) {
                return false;
            }
        }
        return true;
    }

    /** Returns the type in which a column goes to a model that does not say what it wants; null if there is none. */
    static DataType natural(DataType given) {
        if (given instanceof DecimalType) {
            return DataTypes.DoubleType;
        }
        if (given instanceof ArrayType array) {
            DataType element = natural(array.elementType());
            return element == null ? null : DataTypes.createArrayType(element, true);
        }
        boolean known = given instanceof NumericType
                || given instanceof StringType
                || given instanceof MapType
                || given instanceof StructType
                || given instanceof TimestampType
                || given instanceof TimestampNTZType
                || given.equals(DataTypes.BooleanType)
                || given.equals(DataTypes.BinaryType)
                || given.equals(DataTypes.DateType);
        return known ? given : null;
    }

    /** Casts an argument, in the time zone of the session. */
    static Expression cast(Expression argument, DataType wanted, String timeZone) {
        return argument.dataType().equals(wanted) ? argument : new Cast(argument, wanted, Option.apply(timeZone));
    }
}
