package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.DatasetFilter;
import io.sparkmlflow.store.SearchLoggedModels;

/** Logged models. */
final class LoggedModelJson {
    private LoggedModelJson() {}

    static LoggedModel fromJson(JsonNode node) {
        JsonNode info = Json.required(node, "info");
        JsonNode data = node.path("data");
        return new LoggedModel(
                Json.text(info, "model_id"),
                Json.text(info, "experiment_id"),
                Json.text(info, "name"),
                Json.text(info, "artifact_uri"),
                Json.number(info, "creation_timestamp_ms"),
                Json.number(info, "last_updated_timestamp_ms"),
                status(Json.text(info, "status")),
                Json.textOrNull(info, "model_type"),
                Json.textOrNull(info, "source_run_id"),
                Json.textOrNull(info, "status_message"),
                KeyValueJson.toMap(data, "params"),
                KeyValueJson.toMap(info, "tags"),
                Json.list(data, "metrics", MetricJson::fromJson));
    }

    /** Leaves the params out: not all of them may go with this request. */
    static ObjectNode toJson(CreateLoggedModel request) {
        ObjectNode node = Json.object();
        node.put("experiment_id", request.experimentId());
        Json.putIfPresent(node, "name", request.name());
        Json.putIfPresent(node, "model_type", request.modelType());
        Json.putIfPresent(node, "source_run_id", request.sourceRunId());
        KeyValueJson.put(node, "tags", request.tags());
        return node;
    }

    static ObjectNode toJson(SearchLoggedModels request) {
        ObjectNode node = Json.object().put("max_results", request.maxResults());
        Json.putList(node, "experiment_ids", request.experimentIds(), TextNode::valueOf);
        Json.putIfPresent(node, "filter", request.filter());
        Json.putList(node, "datasets", request.datasets(), dataset -> putDataset(Json.object(), dataset));
        Json.putList(node, "order_by", request.orderBy(), order -> {
            ObjectNode key = Json.object().put("field_name", order.fieldName()).put("ascending", order.ascending());
            return order.dataset() == null ? key : putDataset(key, order.dataset());
        });
        Json.putIfPresent(node, "page_token", request.pageToken());
        return node;
    }

    private static ObjectNode putDataset(ObjectNode node, DatasetFilter dataset) {
        Json.putIfPresent(node, "dataset_name", dataset.name());
        Json.putIfPresent(node, "dataset_digest", dataset.digest());
        return node;
    }

    /** A server takes any finalizing status, and answers UNSPECIFIED for one that it does not know: not ready. */
    private static LoggedModelStatus status(String name) {
        if (name.equals("LOGGED_MODEL_STATUS_UNSPECIFIED")) {
            return LoggedModelStatus.PENDING;
        }
        for (LoggedModelStatus status : LoggedModelStatus.values()) {
            if (status.wireName().equals(name)) {
                return status;
            }
        }
        throw Json.unknownValue("status", name);
    }
}
