package io.sparkmlflow.udf;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/**
 * The arguments of a call: the model's input columns, and after them, if the caller sets params, a literal map of these, or a
 * literal struct where their types differ.
 *
 * @param columns what the model reads
 * @param params the values by name, as the signature's types have them; empty if none are set
 */
record CallArguments(List<Expression> columns, Map<String, Object> params) {

    /**
     * Tells columns and params apart.
     *
     * @throws ModelExpressionException if a param is not one of the model's, or its value is none of the param's type
     */
    static CallArguments of(LoadedModel model, List<Expression> arguments) {
        int last = arguments.size() - 1;
        if (last < 1 || !mayBeParams(model, arguments)) {
            return new CallArguments(arguments, Map.of());
        }
        Expression literal = Literals.plain(arguments.get(last));
        if (!literal.foldable()) {
            return new CallArguments(arguments, Map.of());
        }
        Map<String, Object> given = Literals.entries(literal);
        return new CallArguments(arguments.subList(0, last), ModelParams.check(model, given));
    }

    private static boolean mayBeParams(LoadedModel model, List<Expression> arguments) {
        boolean afterStruct = arguments.size() == 2 && arguments.get(0).dataType() instanceof StructType;
        return (afterStruct || arguments.size() == model.signatureInputs().size() + 1)
                && isEntries(model, arguments.get(arguments.size() - 1));
    }

    private static boolean isEntries(LoadedModel model, Expression literal) {
        if (literal.dataType() instanceof MapType map) {
            return map.keyType() instanceof StringType;
        }
        return literal.dataType() instanceof StructType
                && model.runtime() != null
                && !model.runtime().params().isEmpty();
    }
}
