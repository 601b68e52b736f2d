package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.search.Comparison;
import io.sparkmlflow.search.FieldType;
import io.sparkmlflow.search.OrderBy;
import io.sparkmlflow.search.SearchGrammar;
import io.sparkmlflow.store.DatasetFilter;
import io.sparkmlflow.store.LoggedModelOrder;
import io.sparkmlflow.store.SearchLoggedModels;
import java.util.ArrayList;
import java.util.List;

/** A search of logged models as SQL over {@code logged_models m}. */
record LoggedModelSearch(Conditions conditions, Ordering ordering) {
    private static final String SAME_MODEL = "x.model_id = m.model_id";

    static LoggedModelSearch of(Dialect dialect, List<Long> experimentIds, SearchLoggedModels request) {
        Conditions conditions = new Conditions(dialect)
                .and(Conditions.in("m.experiment_id", experimentIds))
                .and("m.lifecycle_stage <> 'deleted'");
        for (DatasetFilter dataset : request.datasets()) {
            if (dataset.name() == null || dataset.name().isEmpty()) {
                throw MlflowException.invalidParameter("`dataset_name` in the `datasets` clause must be specified.");
            }
        }
        boolean metrics = false;
        for (Comparison comparison : SearchGrammar.LOGGED_MODELS.parseFilter(request.filter())) {
            metrics |= comparison.field().type() == FieldType.METRIC;
            add(conditions, comparison, request.datasets());
        }
        if (!metrics && !request.datasets().isEmpty()) {
            conditions.exists(
                    true, "logged_model_metrics x", on(conditions.none().and(SAME_MODEL), request.datasets()));
        }
        return new LoggedModelSearch(conditions, ordering(conditions, request.orderBy()));
    }

    private static void add(Conditions conditions, Comparison comparison, List<DatasetFilter> datasets) {
        String key = comparison.field().key();
        switch (comparison.field().type()) {
            case ATTRIBUTE -> conditions.compare("m." + key, comparison.operator(), comparison.operand());
            case METRIC ->
                conditions.exists(
                        true,
                        "logged_model_metrics x",
                        on(
                                conditions
                                        .none()
                                        .and(SAME_MODEL)
                                        .is("x.metric_name", key)
                                        .compare("x.metric_value", comparison.operator(), comparison.operand()),
                                datasets));
            default -> {
                String kind = comparison.field().type() == FieldType.PARAM ? "param" : "tag";
                conditions.exists(
                        true,
                        "logged_model_" + kind + "s x",
                        conditions
                                .none()
                                .and(SAME_MODEL)
                                .is("x." + kind + "_key", key)
                                .compare("x." + kind + "_value", comparison.operator(), comparison.operand()));
            }
        }
    }

    /** Adds that a metric was computed on one of some datasets, if there are any. */
    private static Conditions on(Conditions rows, List<DatasetFilter> datasets) {
        if (datasets.isEmpty()) {
            return rows;
        }
        List<String> any = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        for (DatasetFilter dataset : datasets) {
            values.add(dataset.name());
            if (dataset.digest() == null) {
                any.add("x.dataset_name = ?");
            } else {
                any.add("(x.dataset_name = ? AND x.dataset_digest = ?)");
                values.add(dataset.digest());
            }
        }
        return rows.and("(" + String.join(" OR ", any) + ")", values.toArray());
    }

    private static Ordering ordering(Conditions outer, List<LoggedModelOrder> order) {
        Ordering.limit(order.size());
        Ordering ordering = new Ordering();
        List<OrderBy> keys = new ArrayList<>();
        for (LoggedModelOrder by : order) {
            OrderBy key = SearchGrammar.LOGGED_MODELS.orderBy(by.fieldName(), by.ascending());
            keys.add(key);
            if (key.field().type() == FieldType.ATTRIBUTE) {
                ordering.nullsLast("m." + key.field().key(), key.ascending());
            } else {
                String alias = ordering.newAlias();
                joinLatest(ordering, outer.none(), alias, key.field().key(), by.dataset());
                ordering.nullsLast(alias + ".metric_value", key.ascending());
            }
        }
        if (!Ordering.hasAttribute(keys, "creation_timestamp_ms")) {
            ordering.by("m.creation_timestamp_ms", false);
        }
        return Ordering.hasAttribute(keys, "model_id") ? ordering : ordering.by("m.model_id", true);
    }

    /** Joins the latest value of a metric, if there is one. */
    private static void joinLatest(
            Ordering ordering, Conditions rows, String alias, String metric, DatasetFilter dataset) {
        rows.is("metric_name", metric);
        if (dataset != null && dataset.name() != null) {
            rows.and("dataset_name = ?", dataset.name());
        }
        if (dataset != null && dataset.digest() != null) {
            rows.and("dataset_digest = ?", dataset.digest());
        }
        ordering.leftJoin(
                "(SELECT model_id, metric_value, ROW_NUMBER() OVER (PARTITION BY model_id"
                        + " ORDER BY metric_timestamp_ms DESC, metric_step DESC, run_id ASC) AS recency"
                        + " FROM logged_model_metrics" + rows.where() + ") " + alias + " ON " + alias
                        + ".model_id = m.model_id AND " + alias + ".recency = 1",
                rows.arguments());
    }
}
