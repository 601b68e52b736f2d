package io.sparkmlflow.search;

import io.sparkmlflow.MlflowException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What runs can be searched by. */
final class RunRules extends Rules {
    private static final Map<String, FieldType> PREFIXES = Map.ofEntries(
            Map.entry("metric", FieldType.METRIC),
            Map.entry("metrics", FieldType.METRIC),
            Map.entry("parameter", FieldType.PARAM),
            Map.entry("parameters", FieldType.PARAM),
            Map.entry("param", FieldType.PARAM),
            Map.entry("params", FieldType.PARAM),
            Map.entry("tag", FieldType.TAG),
            Map.entry("tags", FieldType.TAG),
            Map.entry("attribute", FieldType.ATTRIBUTE),
            Map.entry("attributes", FieldType.ATTRIBUTE),
            Map.entry("attr", FieldType.ATTRIBUTE),
            Map.entry("run", FieldType.ATTRIBUTE),
            Map.entry("dataset", FieldType.DATASET),
            Map.entry("datasets", FieldType.DATASET));
    private static final Set<String> ATTRIBUTES =
            Set.of("run_id", "run_name", "user_id", "status", "start_time", "end_time", "artifact_uri");
    private static final Set<String> NUMBERS = Set.of("start_time", "end_time");
    private static final Map<String, String> ALIASES = Map.of(
            "created", "start_time",
            "Created", "start_time",
            "run name", "run_name",
            "Run name", "run_name",
            "Run Name", "run_name");
    private static final List<String> WITH_LISTS = List.of("run_id");
    private static final Set<String> DATASET_KEYS = Set.of("name", "digest", "context");

    @Override
    Field field(String name) {
        String prefix = prefix(name);
        FieldType type = prefix == null ? FieldType.ATTRIBUTE : PREFIXES.get(prefix);
        if (type == null) {
            throw MlflowException.invalidParameter("Invalid entity type '" + prefix + "'. Valid values are ["
                    + "'metric', 'parameter', 'tag', 'attribute', 'dataset']");
        }
        String key = key(name);
        if (type == FieldType.ATTRIBUTE) {
            key = ALIASES.getOrDefault(key, key);
            if (!ATTRIBUTES.contains(key)) {
                throw unknownAttribute(key, ATTRIBUTES);
            }
        } else if (type == FieldType.DATASET && !DATASET_KEYS.contains(key)) {
            throw MlflowException.invalidParameter(
                    "Invalid dataset key '" + key + "' specified. Valid keys are '" + set(DATASET_KEYS) + "'");
        }
        return new Field(type, key);
    }

    @Override
    Field orderField(String name) {
        Field field = field(name);
        if (field.type() == FieldType.DATASET) {
            throw MlflowException.invalidParameter("Invalid identifier type 'dataset'");
        }
        return field;
    }

    @Override
    Operand operand(Field field, Clause clause) {
        return switch (field.type()) {
            case METRIC -> metricValue(clause);
            case PARAM, TAG -> text(field, clause);
            case ATTRIBUTE -> {
                if (NUMBERS.contains(field.key())) {
                    yield number(field, clause);
                }
                if (clause.list() != null) {
                    yield list(field, clause, WITH_LISTS);
                }
                if (clause.right().isNumber()) {
                    throw MlflowException.invalidParameter(
                            "Expected a quoted string value for attributes. Got value " + clause.rightText());
                }
                yield text(field, clause);
            }
            case DATASET -> {
                if (clause.list() != null) {
                    yield texts(clause);
                }
                if (clause.right().isNumber()) {
                    throw MlflowException.invalidParameter(
                            "Expected a quoted string value for dataset attributes. Got value " + clause.rightText());
                }
                yield text(field, clause);
            }
        };
    }

    @Override
    Set<Operator> operators(Field field) {
        return switch (field.type()) {
            case METRIC -> NUMERIC;
            case PARAM, TAG -> {
                Set<Operator> operators = EnumSet.copyOf(TEXT);
                operators.add(Operator.IS_NULL);
                operators.add(Operator.IS_NOT_NULL);
                yield operators;
            }
            case ATTRIBUTE -> NUMBERS.contains(field.key()) ? NUMERIC : TEXT_OR_LIST;
            case DATASET -> TEXT_OR_LIST;
        };
    }

    @Override
    void checkNullCheck(Field field) {
        if (field.type() != FieldType.TAG && field.type() != FieldType.PARAM) {
            throw MlflowException.invalidParameter(
                    "IS NULL / IS NOT NULL is only supported for tags and params, not for '"
                            + field.type().word() + "' '" + field.key() + "'");
        }
    }

    @Override
    MlflowException invalidClauses(String filter, List<String> clauses) {
        return super.invalidClauses(
                filter, clauses.stream().map(clause -> "'" + clause + "'").toList());
    }
}
