package io.sparkmlflow.store.file;

import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.search.Comparison;
import io.sparkmlflow.search.Field;
import io.sparkmlflow.search.OrderBy;
import io.sparkmlflow.search.SearchGrammar;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which runs a search finds, and in which order. */
record RunSearch(List<Comparison> filter, Comparator<Run> order) {

    static RunSearch of(String filter, List<String> orderBy) {
        List<Comparison> comparisons = SearchGrammar.RUNS.parseFilter(filter);
        List<OrderBy> keys = SearchGrammar.RUNS.parseOrderBys(orderBy);
        List<Comparator<Run>> order = new ArrayList<>();
        keys.forEach(key -> order.add(comparator(key)));
        if (!Sorting.hasAttribute(keys, "start_time")) {
            order.add(Sorting.numbers(run -> run.info().startTime(), false));
        }
        order.add(Sorting.texts(run -> run.info().runId(), true));
        return new RunSearch(comparisons, Sorting.all(order));
    }

    boolean finds(Run run) {
        return filter.stream().allMatch(comparison -> matches(run, comparison));
    }

    private static boolean matches(Run run, Comparison comparison) {
        Field field = comparison.field();
        return switch (field.type()) {
            case METRIC -> Matching.number(metric(run, field.key()), comparison);
            case PARAM -> Matching.key(run.data().params(), comparison);
            case TAG -> Matching.key(run.data().tags(), comparison);
            case DATASET ->
                run.inputs().stream()
                        .anyMatch(input -> Matching.text(
                                switch (field.key()) {
                                    case "name" -> input.dataset().name();
                                    case "digest" -> input.dataset().digest();
                                    default -> input.tags().get(MlflowTags.DATASET_CONTEXT);
                                },
                                comparison));
            case ATTRIBUTE ->
                switch (field.key()) {
                    case "start_time", "end_time" -> Matching.number(number(run, field.key()), comparison);
                    // A run's name was in the tag alone before it was in the run.
                    case "run_name" ->
                        Matching.text(
                                run.data()
                                        .tags()
                                        .getOrDefault(
                                                MlflowTags.RUN_NAME, run.info().runName()),
                                comparison);
                    default -> Matching.text(text(run, field.key()), comparison);
                };
        };
    }

    private static Double metric(Run run, String key) {
        return run.data().metric(key).map(Metric::value).orElse(null);
    }

    private static Long number(Run run, String attribute) {
        return attribute.equals("start_time")
                ? Long.valueOf(run.info().startTime())
                : run.info().endTime();
    }

    private static String text(Run run, String attribute) {
        return switch (attribute) {
            case "run_id" -> run.info().runId();
            case "run_name" -> run.info().runName();
            case "user_id" -> run.info().userId();
            case "status" -> run.info().status().name();
            case "artifact_uri" -> run.info().artifactUri();
            default -> throw new IllegalStateException("The grammar knows no attribute " + attribute);
        };
    }

    private static Comparator<Run> comparator(OrderBy by) {
        String key = by.field().key();
        return switch (by.field().type()) {
            case METRIC -> Sorting.metrics(run -> metric(run, key), by.ascending());
            case PARAM -> Sorting.texts(run -> run.data().params().get(key), by.ascending());
            case TAG -> Sorting.texts(run -> run.data().tags().get(key), by.ascending());
            default ->
                key.endsWith("_time")
                        ? Sorting.numbers(run -> number(run, key), by.ascending())
                        : Sorting.texts(run -> text(run, key), by.ascending());
        };
    }
}
