package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.entities.RegisteredModel;
import java.util.LinkedHashMap;
import java.util.Map;

/** Registered models. */
final class RegisteredModelJson {
    private RegisteredModelJson() {}

    static RegisteredModel fromJson(JsonNode node) {
        Map<String, Integer> aliases = new LinkedHashMap<>();
        node.path("aliases").forEach(alias -> aliases.put(Json.text(alias, "alias"), ModelVersionJson.version(alias)));
        return new RegisteredModel(
                Json.text(node, "name"),
                Json.number(node, "creation_timestamp"),
                Json.number(node, "last_updated_timestamp"),
                Json.textOrNull(node, "description"),
                KeyValueJson.toMap(node, "tags"),
                aliases,
                Json.list(node, "latest_versions", ModelVersionJson::fromJson));
    }
}
