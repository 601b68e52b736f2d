package io.sparkmlflow.search;

import io.sparkmlflow.MlflowException;
import java.util.Set;

/** Rules for entities that have attributes and tags and nothing else. */
abstract class AttributesAndTags extends Rules {
    private final Set<String> searchable;
    private final Set<String> orderable;

    AttributesAndTags(Set<String> searchable, Set<String> orderable) {
        this.searchable = searchable;
        this.orderable = orderable;
    }

    @Override
    Field field(String name) {
        return field(name, searchable);
    }

    @Override
    Field orderField(String name) {
        Field field = field(name, orderable);
        if (field.type() != FieldType.ATTRIBUTE) {
            throw MlflowException.invalidParameter(
                    "Invalid order_by entity: " + field.type().word());
        }
        return field;
    }

    private static Field field(String name, Set<String> attributes) {
        String prefix = prefix(name);
        boolean tag = "tag".equals(prefix) || "tags".equals(prefix);
        if (prefix != null && !tag && !prefix.equals("attribute")) {
            throw MlflowException.invalidParameter(
                    "Invalid entity type '" + prefix + "'. Valid entity types are ('attribute', 'tag', 'tags')");
        }
        String key = key(name);
        if (!tag && !attributes.contains(key)) {
            throw unknownAttribute(key, attributes);
        }
        return new Field(tag ? FieldType.TAG : FieldType.ATTRIBUTE, key);
    }

    @Override
    MlflowException invalidOperator(Field field, String operator) {
        return MlflowException.invalidParameter(
                "Invalid comparator for " + (field.type() == FieldType.TAG ? "tag" : "attribute") + ": " + operator);
    }
}
