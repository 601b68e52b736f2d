package io.sparkmlflow.store.sql;

import io.sparkmlflow.search.Comparison;
import io.sparkmlflow.search.FieldType;
import io.sparkmlflow.search.OrderBy;
import io.sparkmlflow.search.Prompts;
import io.sparkmlflow.search.SearchGrammar;
import java.util.List;

/** A search of registered models or of their versions as SQL over {@code registered_models m} or {@code model_versions m}. */
record RegistrySearch(Conditions conditions, Ordering ordering) {
    private static final List<String> VERSIONS_DEFAULT_ORDER =
            List.of("last_updated_timestamp DESC", "name ASC", "version_number DESC");

    static RegistrySearch ofModels(Dialect dialect, String filter, List<String> orderBy) {
        List<OrderBy> order = Ordering.parse(SearchGrammar.REGISTERED_MODELS, orderBy);
        Ordering ordering = ordering(order);
        return new RegistrySearch(
                conditions(
                        new Conditions(dialect),
                        SearchGrammar.REGISTERED_MODELS.parseFilter(filter),
                        "registered_model_tags",
                        "x.workspace = m.workspace AND x.name = m.name"),
                ordering);
    }

    static RegistrySearch ofVersions(Dialect dialect, String filter, List<String> orderBy) {
        List<OrderBy> order =
                Ordering.parse(SearchGrammar.MODEL_VERSIONS, orderBy.isEmpty() ? VERSIONS_DEFAULT_ORDER : orderBy);
        Ordering ordering = ordering(order);
        if (!Ordering.hasAttribute(order, "version_number")) {
            ordering.by("m.version", false);
        }
        Conditions conditions = conditions(
                new Conditions(dialect),
                SearchGrammar.MODEL_VERSIONS.parseFilter(filter),
                "model_version_tags",
                "x.workspace = m.workspace AND x.name = m.name AND x.version = m.version");
        return new RegistrySearch(conditions.and("m.current_stage <> 'Deleted_Internal'"), ordering);
    }

    private static Ordering ordering(List<OrderBy> order) {
        Ordering ordering = new Ordering();
        order.forEach(key -> ordering.by(column(key.field().key()), key.ascending()));
        return Ordering.hasAttribute(order, "name") ? ordering : ordering.by("m.name", true);
    }

    private static Conditions conditions(
            Conditions conditions, List<Comparison> filter, String tags, String sameEntity) {
        conditions.and("m.workspace = ?", ExperimentsTable.WORKSPACE);
        boolean prompts = Prompts.areAskedFor(filter);
        for (Comparison comparison : filter) {
            if (comparison.field().type() == FieldType.ATTRIBUTE) {
                conditions.compare(column(comparison.field().key()), comparison.operator(), comparison.operand());
            } else if (prompts || !Prompts.isChoice(comparison)) {
                conditions.exists(
                        true,
                        tags + " x",
                        conditions
                                .none()
                                .and(sameEntity)
                                .is("x.key", comparison.field().key())
                                .compare("x.value", comparison.operator(), comparison.operand()));
            }
        }
        if (!prompts) {
            conditions.exists(
                    false,
                    tags + " x",
                    conditions
                            .none()
                            .and("x.workspace = m.workspace AND x.name = m.name")
                            .and("x.key = ?", Prompts.TAG)
                            .and("x.value = 'true'"));
        }
        return conditions;
    }

    private static String column(String attribute) {
        return switch (attribute) {
            case "version_number" -> "m.version";
            case "source_path" -> "m.source";
            case "creation_timestamp" -> "m.creation_time";
            case "last_updated_timestamp" -> "m.last_updated_time";
            default -> "m." + attribute;
        };
    }
}
