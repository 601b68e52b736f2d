package io.sparkmlflow.search;

import io.sparkmlflow.MlflowException;
import java.util.List;
import java.util.Set;

/** What versions of registered models can be searched by. */
final class ModelVersionRules extends AttributesAndTags {
    private static final String VERSION = "version_number";
    private static final List<String> WITH_LISTS = List.of("name", "run_id");

    ModelVersionRules() {
        super(
                Set.of("name", VERSION, "run_id", "source_path"),
                Set.of("name", VERSION, "creation_timestamp", "last_updated_timestamp"));
    }

    @Override
    Operand operand(Field field, Clause clause) {
        if (field.type() == FieldType.TAG) {
            return text(field, clause);
        }
        if (clause.list() != null) {
            return list(field, clause, WITH_LISTS);
        }
        if (field.key().equals(VERSION)) {
            Token right = clause.right();
            return new Operand.Whole(whole(field, right.isQuoted() ? right.unquoted() : right.text()));
        }
        if (clause.right().isNumber()) {
            throw MlflowException.invalidParameter(
                    "Only the '" + set(List.of(VERSION)) + "' attributes support comparison with numeric values.");
        }
        return text(field, clause);
    }

    @Override
    Set<Operator> operators(Field field) {
        if (field.type() == FieldType.TAG) {
            return TEXT;
        }
        return field.key().equals(VERSION) ? NUMERIC : TEXT_OR_LIST;
    }

    @Override
    MlflowException invalidOperator(Field field, String operator) {
        if (field.type() == FieldType.ATTRIBUTE && field.key().equals(VERSION)) {
            return MlflowException.invalidParameter("Invalid comparator for attribute " + VERSION + ": " + operator);
        }
        return super.invalidOperator(field, operator);
    }
}
