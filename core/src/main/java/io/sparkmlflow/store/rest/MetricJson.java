package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.entities.Metric;

/** Points of metrics. */
final class MetricJson {
    private MetricJson() {}

    static Metric fromJson(JsonNode node) {
        return new Metric(
                Json.text(node, "key"),
                Json.real(node, "value"),
                Json.number(node, "timestamp"),
                Json.number(node, "step"),
                Json.textOrNull(node, "model_id"),
                Json.textOrNull(node, "dataset_name"),
                Json.textOrNull(node, "dataset_digest"));
    }

    static ObjectNode toJson(Metric metric) {
        ObjectNode node = Json.object();
        node.put("key", metric.key());
        Json.putReal(node, "value", metric.value());
        node.put("timestamp", metric.timestamp());
        node.put("step", metric.step());
        Json.putIfPresent(node, "model_id", metric.modelId());
        Json.putIfPresent(node, "dataset_name", metric.datasetName());
        Json.putIfPresent(node, "dataset_digest", metric.datasetDigest());
        return node;
    }
}
