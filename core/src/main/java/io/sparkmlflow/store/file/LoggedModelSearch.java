package io.sparkmlflow.store.file;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.search.Comparison;
import io.sparkmlflow.search.FieldType;
import io.sparkmlflow.search.OrderBy;
import io.sparkmlflow.search.SearchGrammar;
import io.sparkmlflow.store.DatasetFilter;
import io.sparkmlflow.store.LoggedModelOrder;
import io.sparkmlflow.store.SearchLoggedModels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which logged models a search finds, and in which order. */
record LoggedModelSearch(List<Comparison> filter, List<DatasetFilter> datasets, Comparator<LoggedModel> order) {
    private static final String CREATED = "creation_timestamp_ms";
    private static final String ID = "model_id";

    static LoggedModelSearch of(SearchLoggedModels request) {
        for (DatasetFilter dataset : request.datasets()) {
            if (dataset.name() == null || dataset.name().isEmpty()) {
                throw MlflowException.invalidParameter("`dataset_name` in the `datasets` clause must be specified.");
            }
        }
        List<OrderBy> keys = new ArrayList<>();
        List<Comparator<LoggedModel>> order = new ArrayList<>();
        for (LoggedModelOrder by : request.orderBy()) {
            OrderBy key = SearchGrammar.LOGGED_MODELS.orderBy(by.fieldName(), by.ascending());
            keys.add(key);
            order.add(comparator(key, by.dataset()));
        }
        if (!Sorting.hasAttribute(keys, CREATED)) {
            order.add(Sorting.numbers(LoggedModel::creationTimestamp, false));
        }
        if (!Sorting.hasAttribute(keys, ID)) {
            order.add(Sorting.texts(LoggedModel::modelId, true));
        }
        return new LoggedModelSearch(
                SearchGrammar.LOGGED_MODELS.parseFilter(request.filter()), request.datasets(), Sorting.all(order));
    }

    boolean finds(LoggedModel model) {
        boolean metrics =
                filter.stream().anyMatch(comparison -> comparison.field().type() == FieldType.METRIC);
        if (!metrics && !datasets.isEmpty() && model.metrics().stream().noneMatch(this::isOnDataset)) {
            return false;
        }
        return filter.stream().allMatch(comparison -> matches(model, comparison));
    }

    private boolean matches(LoggedModel model, Comparison comparison) {
        String key = comparison.field().key();
        return switch (comparison.field().type()) {
            case METRIC ->
                model.metrics().stream()
                        .filter(metric -> metric.key().equals(key) && (datasets.isEmpty() || isOnDataset(metric)))
                        .anyMatch(metric -> Matching.number(metric.value(), comparison));
            case PARAM -> Matching.key(model.params(), comparison);
            case TAG -> Matching.key(model.tags(), comparison);
            default ->
                key.endsWith("_ms")
                        ? Matching.number(number(model, key), comparison)
                        : Matching.text(text(model, key), comparison);
        };
    }

    private boolean isOnDataset(Metric metric) {
        return datasets.stream().anyMatch(dataset -> isOn(metric, dataset));
    }

    private static boolean isOn(Metric metric, DatasetFilter dataset) {
        return (dataset.name() == null || dataset.name().equals(metric.datasetName()))
                && (dataset.digest() == null || dataset.digest().equals(metric.datasetDigest()));
    }

    private static Comparator<LoggedModel> comparator(OrderBy by, DatasetFilter dataset) {
        String key = by.field().key();
        if (by.field().type() == FieldType.METRIC) {
            return Sorting.metrics(model -> latest(model, key, dataset), by.ascending());
        }
        return key.endsWith("_ms")
                ? Sorting.numbers(model -> number(model, key), by.ascending())
                : Sorting.texts(model -> text(model, key), by.ascending());
    }

    /** Returns the latest value of a metric by its timestamp; {@code null} if there is none. */
    private static Double latest(LoggedModel model, String key, DatasetFilter dataset) {
        return model.metrics().stream()
                .filter(metric -> metric.key().equals(key) && (dataset == null || isOn(metric, dataset)))
                .max(Comparator.comparingLong(Metric::timestamp).thenComparingLong(Metric::step))
                .map(Metric::value)
                .orElse(null);
    }

    private static Long number(LoggedModel model, String attribute) {
        return attribute.equals(CREATED) ? model.creationTimestamp() : model.lastUpdatedTimestamp();
    }

    private static String text(LoggedModel model, String attribute) {
        return switch (attribute) {
            case ID -> model.modelId();
            case "name" -> model.name();
            case "model_type" -> model.modelType();
            // The SQL stores have its number in the column.
            case "status" -> Integer.toString(model.status().code());
            case "status_message" -> model.statusMessage();
            case "source_run_id" -> model.sourceRunId();
            case "artifact_location" -> model.artifactUri();
            case "experiment_id" -> model.experimentId();
            default -> throw new IllegalStateException("The grammar knows no attribute " + attribute);
        };
    }
}
