package io.sparkmlflow.store.sql;

import io.sparkmlflow.entities.ViewType;
import io.sparkmlflow.search.Comparison;
import io.sparkmlflow.search.FieldType;
import io.sparkmlflow.search.Operand;
import io.sparkmlflow.search.Operator;
import io.sparkmlflow.search.OrderBy;
import io.sparkmlflow.search.SearchGrammar;
import java.util.List;

/** A search of experiments as SQL over {@code experiments}. */
record ExperimentSearch(Conditions conditions, Ordering ordering) {
    private static final String ID = "experiment_id";
    private static final List<String> DEFAULT_ORDER = List.of("creation_time DESC", "experiment_id ASC");

    static ExperimentSearch of(Dialect dialect, ViewType view, String filter, List<String> orderBy) {
        Conditions conditions = new Conditions(dialect)
                .and("workspace = ?", ExperimentsTable.WORKSPACE)
                .and(ExperimentsTable.stages(view));
        for (Comparison comparison : SearchGrammar.EXPERIMENTS.parseFilter(filter)) {
            add(conditions, comparison);
        }
        List<OrderBy> order = Ordering.parse(SearchGrammar.EXPERIMENTS, orderBy.isEmpty() ? DEFAULT_ORDER : orderBy);
        Ordering ordering = new Ordering();
        order.forEach(key -> ordering.by(key.field().key(), key.ascending()));
        if (!Ordering.hasAttribute(order, ID)) {
            ordering.by(ID, false);
        }
        return new ExperimentSearch(conditions, ordering);
    }

    private static void add(Conditions conditions, Comparison comparison) {
        String key = comparison.field().key();
        if (comparison.field().type() == FieldType.TAG) {
            Conditions rows = conditions
                    .none()
                    .and("x.experiment_id = experiments.experiment_id")
                    .is("x.key", key);
            if (comparison.operand() != null) {
                rows.compare("x.value", comparison.operator(), comparison.operand());
            }
            conditions.exists(comparison.operator() != Operator.IS_NULL, "experiment_tags x", rows);
        } else if (!key.equals(ID)) {
            conditions.compare(key, comparison.operator(), comparison.operand());
        } else if (comparison.operand() instanceof Operand.Texts texts) {
            List<Long> ids =
                    texts.values().stream().map(Validation::experimentId).toList();
            conditions.and((comparison.operator() == Operator.NOT_IN ? "NOT " : "") + Conditions.in(ID, ids));
        } else {
            long id = Validation.experimentId((String) Conditions.values(comparison.operand())[0]);
            conditions.compare(ID, comparison.operator(), new Operand.Whole(id));
        }
    }
}
