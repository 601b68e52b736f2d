package io.sparkmlflow.search;

import io.sparkmlflow.MlflowException;
import java.util.List;
import java.util.Set;

/** What registered models can be searched by. */
final class RegisteredModelRules extends AttributesAndTags {
    private static final String UPDATED = "last_updated_timestamp";

    RegisteredModelRules() {
        super(Set.of("name"), Set.of());
    }

    /** MLflow orders by the time of the last update under two names, and takes no prefix here. */
    @Override
    Field orderField(String name) {
        return switch (name) {
            case "name" -> new Field(FieldType.ATTRIBUTE, name);
            case "timestamp", UPDATED -> new Field(FieldType.ATTRIBUTE, UPDATED);
            default ->
                throw MlflowException.invalidParameter("Invalid order by key '" + name + "' specified. Valid keys are '"
                        + set(List.of("name", "timestamp")) + "'");
        };
    }

    @Override
    Operand operand(Field field, Clause clause) {
        if (field.type() == FieldType.TAG) {
            return text(field, clause);
        }
        if (clause.list() != null) {
            return list(field, clause, List.of("name"));
        }
        if (clause.right().isNumber()) {
            throw MlflowException.invalidParameter("Expected a quoted string value or a list of quoted string values"
                    + " for attributes. Got value " + clause.rightText());
        }
        return text(field, clause);
    }

    @Override
    Set<Operator> operators(Field field) {
        return field.type() == FieldType.TAG ? TEXT : TEXT_OR_LIST;
    }
}
