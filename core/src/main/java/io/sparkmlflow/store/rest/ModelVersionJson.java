package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.entities.ModelVersion;
import io.sparkmlflow.store.CreateModelVersion;

/** Versions of registered models. The version number is text on the wire. */
final class ModelVersionJson {
    private ModelVersionJson() {}

    static ModelVersion fromJson(JsonNode node) {
        return new ModelVersion(
                Json.text(node, "name"),
                version(node),
                Json.number(node, "creation_timestamp"),
                Json.number(node, "last_updated_timestamp"),
                Json.textOrNull(node, "description"),
                Json.textOrNull(node, "user_id"),
                Json.textOr(node, "current_stage", "None"),
                Json.textOrNull(node, "source"),
                Json.textOrNull(node, "run_id"),
                Json.textOr(node, "status", "READY"),
                Json.textOrNull(node, "status_message"),
                Json.textOrNull(node, "run_link"),
                Json.list(node, "aliases", JsonNode::asText),
                KeyValueJson.toMap(node, "tags"));
    }

    static int version(JsonNode node) {
        String version = Json.text(node, "version");
        try {
            return Integer.parseInt(version);
        } catch (NumberFormatException e) {
            throw Json.unknownValue("version", version);
        }
    }

    static ObjectNode toJson(CreateModelVersion request) {
        ObjectNode node = Json.object();
        node.put("name", request.name());
        node.put("source", request.source());
        Json.putIfPresent(node, "run_id", request.runId());
        Json.putIfPresent(node, "model_id", request.modelId());
        Json.putIfPresent(node, "run_link", request.runLink());
        Json.putIfPresent(node, "description", request.description());
        KeyValueJson.put(node, "tags", request.tags());
        return node;
    }
}
