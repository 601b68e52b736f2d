package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/**
 * The arguments of a call under the names that the model knows them by.
 *
 * @param schema the names and types, all nullable: a model is folded once for a type, not once for a column's constraint
 * @param values the expressions, in the schema's order
 */
record InputBinding(StructType schema, List<Expression> values) {

    /** Binds one struct by the names of its fields, several columns by their places in the model's signature. */
    static InputBinding of(LoadedModel model, List<Expression> arguments) {
        if (arguments.isEmpty()) {
            throw new ModelExpressionException("The model " + model.uri()
                    + " was given no columns; give struct(*) or the model's input columns after the URI");
        }
        if (arguments.size() == 1
                && arguments.get(0).dataType() instanceof StructType struct
                && !nested(model, struct)) {
            return ofStruct(arguments.get(0), struct);
        }
        List<String> names = model.signatureInputs().isEmpty() ? ownNames(model, arguments) : model.signatureInputs();
        if (names.size() != arguments.size()) {
            throw new ModelExpressionException("The model " + model.uri() + " takes " + names.size() + " columns ("
                    + String.join(", ", names) + ") but was given " + arguments.size()
                    + "; give them in this order, or give struct(*)");
        }
        return ofValues(names, arguments);
    }

    /** Says whether a lone struct is the value of the model's only input rather than the row of its inputs. */
    private static boolean nested(LoadedModel model, StructType struct) {
        List<String> signature = model.signatureInputs();
        return signature.size() == 1 && !List.of(struct.fieldNames()).contains(signature.get(0));
    }

    private static InputBinding ofStruct(Expression argument, StructType struct) {
        if (argument instanceof CreateNamedStruct row) {
            return ofValues(List.of(struct.fieldNames()), ScalaInterop.list(row.valExprs()), struct);
        }
        List<Expression> fields = new ArrayList<>();
        for (int i = 0; i < struct.size(); i++) {
            fields.add(
                    new GetStructField(argument, i, Option.apply(struct.apply(i).name())));
        }
        return ofValues(List.of(struct.fieldNames()), fields, struct);
    }

    private static InputBinding ofValues(List<String> names, List<Expression> values) {
        return ofValues(names, values, new StructType());
    }

    private static InputBinding ofValues(List<String> names, List<Expression> values, StructType described) {
        StructType schema = new StructType();
        List<Expression> stripped = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            Expression value = values.get(i);
            Metadata metadata = i < described.size() ? described.apply(i).metadata() : metadata(value);
            while (value instanceof Alias alias) {
                value = alias.child();
            }
            schema = schema.add(new StructField(names.get(i), value.dataType(), true, metadata));
            stripped.add(value);
        }
        return new InputBinding(schema, List.copyOf(stripped));
    }

    private static Metadata metadata(Expression value) {
        return value instanceof NamedExpression named ? named.metadata() : Metadata.empty();
    }

    /** Without a signature there is no order, but columns still have names. */
    private static List<String> ownNames(LoadedModel model, List<Expression> arguments) {
        List<String> names = new ArrayList<>();
        for (Expression argument : arguments) {
            if (argument instanceof NamedExpression named) {
                names.add(named.name());
            } else if (argument instanceof GetStructField field && field.name().isDefined()) {
                names.add(field.name().get());
            } else if (model.runtime() != null) {
                names.add(String.valueOf(names.size())); // as in Python
            } else {
                throw new ModelExpressionException(
                        "The model " + model.uri() + " has no signature, so the argument " + argument.sql()
                                + " has no name; give struct(" + argument.sql() + " AS name, ...) or struct(*)");
            }
        }
        return names;
    }
}
