package io.sparkmlflow.listener;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.ml.Estimator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructField;

/** A fit in progress that gets a run, and what its algorithms have reported so far. Used by all threads that take part in it. */
final class OpenFit {
    /** More points than anybody looks at: the user's driver keeps them until the fit ends. */
    private static final int MAX_VALUES = 20_000;

    private final String fitId = UUID.randomUUID().toString();
    private final Estimator<?> estimator;
    private final EstimatorDescription description;
    private final Dataset<?> dataset;
    private final boolean isSearch;
    private final boolean isPythonSearch;
    private final boolean keepsModel;
    private final boolean isLogged;
    private final Map<ReportedValue.Point, ReportedValue> values = new LinkedHashMap<>();
    private volatile StructField featuresColumn;
    private final Map<String, List<Double>> foldMetrics = new LinkedHashMap<>();

    OpenFit(
            Estimator<?> estimator,
            EstimatorDescription description,
            Dataset<?> dataset,
            boolean isSearch,
            boolean isPythonSearch,
            boolean keepsModel,
            boolean isLogged) {
        this.estimator = estimator;
        this.description = description;
        this.dataset = dataset;
        this.isSearch = isSearch;
        this.isPythonSearch = isPythonSearch;
        this.keepsModel = keepsModel;
        this.isLogged = isLogged;
    }

    String fitId() {
        return fitId;
    }

    Estimator<?> estimator() {
        return estimator;
    }

    /** Returns the name by which this fit calls a part of it, or {@code null} if the estimator is none. */
    String nameOf(Estimator<?> part) {
        return description.names().get(part.uid());
    }

    /** Returns what is fitted on; {@code null} if that was never told. */
    Dataset<?> dataset() {
        return dataset;
    }

    /** Returns whether this fits many candidates, of which the last one counts: the best, fitted on everything. */
    boolean isSearch() {
        return isSearch;
    }

    /** Returns whether this is a part of a search that runs in Python. */
    boolean isPythonSearch() {
        return isPythonSearch;
    }

    /** Returns whether its model is worth saving. */
    boolean keepsModel() {
        return keepsModel;
    }

    /** Returns whether it has a run: in a streaming query, not every micro-batch's fits have. */
    boolean isLogged() {
        return isLogged;
    }

    /** Notes a value; a later one of the same name and step takes its place. */
    synchronized void report(ReportedValue value) {
        if (isLogged && (values.size() < MAX_VALUES || values.containsKey(value.point()))) {
            values.put(value.point(), value);
        }
    }

    /** Forgets what the candidate before has reported. */
    synchronized void candidateStarted() {
        values.clear();
    }

    /** Notes the column that a stage of this fit takes its features from; a later stage takes the place of an earlier one. */
    void featuresFrom(StructField column) {
        featuresColumn = column;
    }

    /** Returns what {@link #featuresFrom} noted last, or {@code null}. */
    StructField featuresColumn() {
        return featuresColumn;
    }

    /** Notes the metric of a candidate on one fold. */
    synchronized void foldEvaluated(String candidate, double metric) {
        foldMetrics.computeIfAbsent(candidate, key -> new ArrayList<>()).add(metric);
    }

    synchronized List<ReportedValue> values() {
        return List.copyOf(values.values());
    }

    synchronized Map<String, List<Double>> foldMetrics() {
        Map<String, List<Double>> copy = new LinkedHashMap<>();
        foldMetrics.forEach((candidate, metrics) -> copy.put(candidate, List.copyOf(metrics)));
        return copy;
    }
}
