package io.sparkmlflow.store.file;

import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.search.Comparison;
import io.sparkmlflow.search.FieldType;
import io.sparkmlflow.search.OrderBy;
import io.sparkmlflow.search.SearchGrammar;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which experiments a search finds, and in which order. */
record ExperimentSearch(List<Comparison> filter, Comparator<Experiment> order) {
    private static final String ID = "experiment_id";
    private static final List<String> DEFAULT_ORDER = List.of("creation_time DESC", "experiment_id ASC");

    /** The order of whole numbers that are texts. */
    private static final Comparator<String> IDS =
            Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    static ExperimentSearch of(String filter, List<String> orderBy) {
        List<Comparison> comparisons = SearchGrammar.EXPERIMENTS.parseFilter(filter);
        List<OrderBy> keys = SearchGrammar.EXPERIMENTS.parseOrderBys(orderBy.isEmpty() ? DEFAULT_ORDER : orderBy);
        List<Comparator<Experiment>> order = new ArrayList<>();
        keys.forEach(key -> order.add(comparator(key)));
        if (!Sorting.hasAttribute(keys, ID)) {
            order.add(Sorting.nullsLast(Experiment::experimentId, IDS, false));
        }
        return new ExperimentSearch(comparisons, Sorting.all(order));
    }

    boolean finds(Experiment experiment) {
        return filter.stream().allMatch(comparison -> matches(experiment, comparison));
    }

    private static boolean matches(Experiment experiment, Comparison comparison) {
        if (comparison.field().type() == FieldType.TAG) {
            return Matching.key(experiment.tags(), comparison);
        }
        return switch (comparison.field().key()) {
            case "creation_time" -> Matching.number(experiment.creationTime(), comparison);
            case "last_update_time" -> Matching.number(experiment.lastUpdateTime(), comparison);
            case ID -> Matching.text(experiment.experimentId(), comparison);
            default -> Matching.text(experiment.name(), comparison);
        };
    }

    private static Comparator<Experiment> comparator(OrderBy by) {
        return switch (by.field().key()) {
            case "creation_time" -> Sorting.numbers(Experiment::creationTime, by.ascending());
            case "last_update_time" -> Sorting.numbers(Experiment::lastUpdateTime, by.ascending());
            case ID -> Sorting.nullsLast(Experiment::experimentId, IDS, by.ascending());
            default -> Sorting.texts(Experiment::name, by.ascending());
        };
    }
}
