package io.sparkmlflow.store.sql;

import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.ViewType;
import io.sparkmlflow.search.Comparison;
import io.sparkmlflow.search.FieldType;
import io.sparkmlflow.search.Operand;
import io.sparkmlflow.search.Operator;
import io.sparkmlflow.search.OrderBy;
import io.sparkmlflow.search.SearchGrammar;
import java.util.List;

/** A search of runs as SQL over {@code runs r}. */
record RunSearch(Conditions conditions, Ordering ordering) {
    private static final String SAME_RUN = "x.run_uuid = r.run_uuid";

    static RunSearch of(Dialect dialect, List<Long> experimentIds, ViewType view, String filter, List<String> orderBy) {
        Conditions conditions = new Conditions(dialect)
                .and(Conditions.in("r.experiment_id", experimentIds))
                .and("r." + ExperimentsTable.stages(view));
        for (Comparison comparison : SearchGrammar.RUNS.parseFilter(filter)) {
            add(conditions, comparison);
        }
        List<OrderBy> order = Ordering.parse(SearchGrammar.RUNS, orderBy);
        Ordering ordering = new Ordering();
        order.forEach(key -> add(ordering, key));
        if (!Ordering.hasAttribute(order, "start_time")) {
            ordering.by("r.start_time", false);
        }
        return new RunSearch(conditions, ordering.by("r.run_uuid", true));
    }

    private static void add(Conditions conditions, Comparison comparison) {
        String key = comparison.field().key();
        Operator operator = comparison.operator();
        Operand operand = comparison.operand();
        switch (comparison.field().type()) {
            case METRIC -> conditions.exists(true, "latest_metrics x", metric(conditions, key, operator, operand));
            case PARAM -> addKeyValue(conditions, "params x", key, operator, operand);
            case TAG -> addKeyValue(conditions, "tags x", key, operator, operand);
            case DATASET -> conditions.exists(true, datasets(key), dataset(conditions, key, operator, operand));
            case ATTRIBUTE -> {
                if (key.equals("run_name")) {
                    // Old versions of MLflow kept the name in the tag alone.
                    addKeyValue(conditions, "tags x", MlflowTags.RUN_NAME, operator, operand);
                } else {
                    conditions.compare(column(key), operator, operand);
                }
            }
        }
    }

    /** NaN is stored as 0 with a flag; it is unequal to any number, and no other comparison with it holds. */
    private static Conditions metric(Conditions outer, String key, Operator operator, Operand operand) {
        String compared = "x.value " + operator.symbol() + " ?";
        return outer.none()
                .and(SAME_RUN)
                .is("x.key", key)
                .and(
                        operator == Operator.NOT_EQUAL
                                ? "(" + compared + " OR x.is_nan)"
                                : "(" + compared + " AND NOT x.is_nan)",
                        Conditions.values(operand));
    }

    private static void addKeyValue(
            Conditions conditions, String table, String key, Operator operator, Operand operand) {
        Conditions rows = conditions.none().and(SAME_RUN).is("x.key", key);
        if (operand != null) {
            rows.compare("x.value", operator, operand);
        }
        conditions.exists(operator != Operator.IS_NULL, table, rows);
    }

    private static String datasets(String key) {
        String tables = "inputs x JOIN datasets d ON d.dataset_uuid = x.source_id";
        return key.equals("context") ? tables + " JOIN input_tags t ON t.input_uuid = x.input_uuid" : tables;
    }

    private static Conditions dataset(Conditions outer, String key, Operator operator, Operand operand) {
        Conditions rows = outer.none().and("x.destination_id = r.run_uuid");
        if (key.equals("context")) {
            return rows.and("t.name = ?", MlflowTags.DATASET_CONTEXT).compare("t.value", operator, operand);
        }
        return rows.compare("d." + key, operator, operand);
    }

    private static void add(Ordering ordering, OrderBy key) {
        FieldType type = key.field().type();
        if (type == FieldType.ATTRIBUTE) {
            ordering.nullsLast(column(key.field().key()), key.ascending());
            return;
        }
        String table = type == FieldType.METRIC ? "latest_metrics" : type == FieldType.PARAM ? "params" : "tags";
        String alias = ordering.newAlias();
        ordering.leftJoin(
                table + " " + alias + " ON " + alias + ".run_uuid = r.run_uuid AND " + alias + ".key = ?",
                key.field().key());
        if (type == FieldType.METRIC) {
            ordering.nanAndNullsLast(alias, key.ascending());
        } else {
            ordering.nullsLast(alias + ".value", key.ascending());
        }
    }

    private static String column(String attribute) {
        return switch (attribute) {
            case "run_id" -> "r.run_uuid";
            case "run_name" -> "r.name";
            default -> "r." + attribute;
        };
    }
}
