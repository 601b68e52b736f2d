package io.sparkmlflow.search;

import io.sparkmlflow.MlflowException;
import java.util.List;
import java.util.Set;

/** What experiments can be searched by. */
final class ExperimentRules extends AttributesAndTags {
    private static final String ID = "experiment_id";
    private static final Set<String> NUMBERS = Set.of("creation_time", "last_update_time");
    private static final Set<String> ATTRIBUTES = Set.of("name", ID, "creation_time", "last_update_time");
    private static final Set<Operator> OF_IDS =
            Set.of(Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.NOT_IN);

    ExperimentRules() {
        super(ATTRIBUTES, ATTRIBUTES);
    }

    @Override
    Operand operand(Field field, Clause clause) {
        if (field.type() == FieldType.TAG) {
            return text(field, clause);
        }
        if (NUMBERS.contains(field.key())) {
            Operand number = number(field, clause);
            if (number instanceof Operand.Real) {
                throw MlflowException.invalidParameter(
                        "Invalid value for numeric attribute '" + field.key() + "': '" + clause.rightText() + "'");
            }
            return number;
        }
        if (clause.list() != null) {
            return list(field, clause, List.of(ID));
        }
        if (clause.right().isNumber()) {
            throw MlflowException.invalidParameter(
                    "Expected a quoted string value for attributes. Got value " + clause.rightText());
        }
        return text(field, clause);
    }

    @Override
    Set<Operator> operators(Field field) {
        if (field.type() == FieldType.ATTRIBUTE && field.key().equals(ID)) {
            return OF_IDS;
        }
        return field.type() == FieldType.ATTRIBUTE && NUMBERS.contains(field.key()) ? NUMERIC : TEXT;
    }

    @Override
    MlflowException invalidOperator(Field field, String operator) {
        if (field.type() == FieldType.TAG) {
            return super.invalidOperator(field, operator);
        }
        if (field.key().equals(ID)) {
            return MlflowException.invalidParameter("Invalid comparator for experiment_id: " + operator);
        }
        return MlflowException.invalidParameter(
                "Invalid comparator '" + operator + "' not one of '" + symbols(operators(field)) + "'");
    }

    @Override
    void checkNullCheck(Field field) {
        if (field.type() != FieldType.TAG) {
            throw MlflowException.invalidParameter(
                    "IS NULL / IS NOT NULL is only supported for tags, not for attribute '" + field.key() + "'");
        }
    }
}
