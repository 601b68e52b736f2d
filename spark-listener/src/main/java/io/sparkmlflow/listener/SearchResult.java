package io.sparkmlflow.listener;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.model.PythonJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;

/**
 * What a search found, in the words of Python's autolog.
 *
 * @param candidates every candidate that was tried
 * @param best the index of the best one
 */
record SearchResult(List<Tried> candidates, int best) {
    /**
     * A candidate with its metrics.
     *
     * @param map what it sets
     * @param metrics {@code avg_<metric>} and {@code std_<metric>} over folds, or {@code <metric>}
     */
    record Tried(EstimatorDescription estimator, ObjectNode map, Map<String, Double> metrics) {}

    /**
     * Returns the result of Spark's own search.
     *
     * @param foldMetrics what each candidate had on each fold, by its key; without it there is no deviation
     * @return {@code null} if the model is not that of a search
     */
    static SearchResult of(SearchDescription search, Transformer model, Map<String, List<Double>> foldMetrics) {
        double[] means;
        if (model instanceof CrossValidatorModel validated) {
            means = validated.avgMetrics();
        } else if (model instanceof TrainValidationSplitModel validated) {
            means = validated.validationMetrics();
        } else {
            return null;
        }
        List<Tried> tried = new ArrayList<>();
        for (int i = 0; i < Math.min(means.length, search.candidates().size()); i++) {
            SearchDescription.Candidate candidate = search.candidates().get(i);
            List<Double> folds = foldMetrics.getOrDefault(candidate.key(), List.of());
            tried.add(new Tried(
                    candidate.estimator(),
                    candidate.map(),
                    metrics(search.evaluator().metricName(), search.hasFolds(), means[i], folds)));
        }
        return new SearchResult(tried, best(means, search.evaluator().largerIsBetter()));
    }

    /** Returns a candidate's metrics under the names that Python gives them. */
    static Map<String, Double> metrics(String metricName, boolean hasFolds, double mean, List<Double> folds) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (!hasFolds) {
            metrics.put(metricName, mean);
            return metrics;
        }
        metrics.put("avg_" + metricName, mean);
        if (!folds.isEmpty()) {
            double center = mean(folds);
            double variance = folds.stream()
                            .mapToDouble(value -> (value - center) * (value - center))
                            .sum()
                    / folds.size();
            metrics.put("std_" + metricName, Math.sqrt(variance));
        }
        return metrics;
    }

    static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sum() / values.size();
    }

    /** The first of the best, as Spark and PySpark choose. */
    private static int best(double[] means, boolean largerIsBetter) {
        int best = 0;
        for (int i = 1; i < means.length; i++) {
            if (largerIsBetter ? means[i] > means[best] : means[i] < means[best]) {
                best = i;
            }
        }
        return best;
    }

    /** Returns the params {@code best_<stage>.<param>}. */
    Map<String, String> bestParams() {
        Map<String, String> params = new LinkedHashMap<>();
        candidates
                .get(best)
                .map()
                .properties()
                .forEach(entry -> params.put("best_" + entry.getKey(), text(entry.getValue())));
        return params;
    }

    /** Returns the text of {@code best_parameters.json}. */
    String bestParametersJson() {
        return PythonJson.indented(candidates.get(best).map());
    }

    /** Returns the text of {@code search_results.csv}: a row for each candidate. */
    String csv() {
        Set<String> metrics = new LinkedHashSet<>();
        Set<String> params = new LinkedHashSet<>();
        for (Tried candidate : candidates) {
            metrics.addAll(candidate.metrics().keySet());
            candidate.map().fieldNames().forEachRemaining(params::add);
        }
        StringBuilder csv = new StringBuilder("params");
        metrics.forEach(metric -> csv.append(',').append(quote(metric)));
        params.forEach(param -> csv.append(',').append(quote("param." + param)));
        csv.append('\n');
        for (Tried candidate : candidates) {
            csv.append(quote(PythonJson.compact(candidate.map())));
            metrics.forEach(metric ->
                    csv.append(',').append(metricText(candidate.metrics().get(metric))));
            params.forEach(
                    param -> csv.append(',').append(quote(text(candidate.map().path(param)))));
            csv.append('\n');
        }
        return csv.toString();
    }

    private static String metricText(Double value) {
        return value == null || value.isNaN() ? "" : PythonRepr.str(value);
    }

    /** What Python's {@code str} makes of a value that was read from JSON. */
    private static String text(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (value.isTextual()) {
            return value.asText();
        }
        if (value.isBoolean()) {
            return PythonRepr.str(value.booleanValue());
        }
        if (value.isFloatingPointNumber()) {
            return PythonRepr.str(value.doubleValue());
        }
        if (value.isArray()) {
            List<String> elements = new ArrayList<>();
            value.forEach(element -> elements.add(element.isTextual() ? "'" + element.asText() + "'" : text(element)));
            return elements.stream().collect(Collectors.joining(", ", "[", "]"));
        }
        return value.asText();
    }

    private static String quote(String text) {
        boolean plain = text.indexOf(',') < 0 && text.indexOf('"') < 0 && text.indexOf('\n') < 0;
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
