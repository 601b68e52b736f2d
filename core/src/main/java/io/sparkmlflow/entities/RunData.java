package io.sparkmlflow.entities;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was logged to a run.
 *
 * @param metrics the latest point of each metric
 */
public record RunData(List<Metric> metrics, Map<String, String> params, Map<String, String> tags) {
    public RunData {
        metrics = List.copyOf(metrics);
        params = Map.copyOf(params);
        tags = Map.copyOf(tags);
    }

    /** Returns the latest point of the metric {@code key}, if it was logged. */
    public Optional<Metric> metric(String key) {
        return metrics.stream().filter(metric -> metric.key().equals(key)).findFirst();
    }
}
