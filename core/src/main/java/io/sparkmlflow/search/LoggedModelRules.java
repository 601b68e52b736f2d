package io.sparkmlflow.search;

import io.sparkmlflow.MlflowException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * MLflow has a second parser for logged models, with rules of its own: only the plural prefixes, lists for params and tags
 * too, no checks for null, and texts that need no quotes.
 */
final class LoggedModelRules extends Rules {
    private static final Map<String, FieldType> PREFIXES = Map.of(
            "attributes", FieldType.ATTRIBUTE,
            "metrics", FieldType.METRIC,
            "params", FieldType.PARAM,
            "tags", FieldType.TAG);
    private static final Set<String> NUMBERS = Set.of("creation_timestamp_ms", "last_updated_timestamp_ms");
    private static final Set<String> ATTRIBUTES = Set.of(
            "model_id",
            "name",
            "model_type",
            "status",
            "status_message",
            "source_run_id",
            "artifact_location",
            "experiment_id",
            "creation_timestamp_ms",
            "last_updated_timestamp_ms");
    private static final Map<String, String> ALIASES = Map.of(
            "creation_time", "creation_timestamp_ms",
            "creation_timestamp", "creation_timestamp_ms",
            "last_updated_timestamp", "last_updated_timestamp_ms");

    @Override
    Field field(String name) {
        String prefix = prefix(name);
        FieldType type = prefix == null ? FieldType.ATTRIBUTE : PREFIXES.get(prefix);
        if (type == null) {
            throw MlflowException.invalidParameter("Invalid entity type: " + quoted(prefix)
                    + ". Expected one of ['attributes', 'metrics', 'params', 'tags'].");
        }
        String key = key(name);
        if (type == FieldType.ATTRIBUTE) {
            key = ALIASES.getOrDefault(key, key);
            if (!ATTRIBUTES.contains(key)) {
                throw unknownAttribute(key, ATTRIBUTES);
            }
        }
        return new Field(type, key);
    }

    @Override
    Field orderField(String name) {
        String prefix = prefix(name);
        if (prefix == null) {
            String key = ALIASES.getOrDefault(key(name), key(name));
            if (!ATTRIBUTES.contains(key)) {
                throw MlflowException.invalidParameter("Invalid order by field name: " + name);
            }
            return new Field(FieldType.ATTRIBUTE, key);
        }
        if (!prefix.equals("metrics")) {
            throw MlflowException.invalidParameter(
                    "Invalid order by field name: " + name + ". Only metrics are supported.");
        }
        return new Field(FieldType.METRIC, key(name));
    }

    @Override
    Operand operand(Field field, Clause clause) {
        if (field.type() == FieldType.METRIC) {
            return metricValue(clause);
        }
        if (isNumber(field)) {
            return number(field, clause);
        }
        if (clause.list() != null) {
            return texts(clause);
        }
        Token right = clause.right();
        return new Operand.Text(right.isQuoted() ? right.unquoted() : right.text());
    }

    private static boolean isNumber(Field field) {
        return field.type() == FieldType.ATTRIBUTE && NUMBERS.contains(field.key());
    }

    @Override
    Set<Operator> operators(Field field) {
        return field.type() == FieldType.METRIC || isNumber(field) ? NUMERIC : TEXT_OR_LIST;
    }

    @Override
    MlflowException invalidOperator(Field field, String operator) {
        String type = field.type() == FieldType.PARAM ? "params" : field.type().word() + "s";
        return MlflowException.invalidParameter("Invalid comparison operator for " + type + "." + field.key() + ": '"
                + operator + "'. Expected one of ("
                + (operators(field) == NUMERIC
                        ? "'<', '<=', '>', '>=', '=', '!='"
                        : "'=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'")
                + ").");
    }

    @Override
    void checkNullCheck(Field field) {
        throw MlflowException.invalidParameter(
                "Invalid comparison: a logged model cannot be searched with IS NULL or IS NOT NULL."
                        + " Expected a comparison with 3 tokens.");
    }

    @Override
    MlflowException invalidClauses(String filter, List<String> clauses) {
        return MlflowException.invalidParameter(
                "Invalid filter string: " + quoted(filter)
                        + ". Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').");
    }

    @Override
    MlflowException blank(String filter) {
        return several(filter);
    }

    @Override
    MlflowException several(String filter) {
        return MlflowException.invalidParameter(
                "Invalid filter string: " + quoted(filter) + ". Expected a single SQL expression.");
    }
}
