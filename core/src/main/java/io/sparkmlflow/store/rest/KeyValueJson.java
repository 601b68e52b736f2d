package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tags and params: lists of {@code {"key": …, "value": …}}. */
final class KeyValueJson {
    private KeyValueJson() {}

    static Map<String, String> toMap(JsonNode node, String field) {
        Map<String, String> map = new LinkedHashMap<>();
        node.path(field).forEach(item -> map.put(Json.text(item, "key"), Json.textOr(item, "value", "")));
        return map;
    }

    static void put(ObjectNode node, String field, Map<String, String> map) {
        Json.putList(node, field, map.entrySet(), entry -> keyValue(entry.getKey(), entry.getValue()));
    }

    static void putTags(ObjectNode node, List<Tag> tags) {
        Json.putList(node, "tags", tags, tag -> keyValue(tag.key(), tag.value()));
    }

    static void putParams(ObjectNode node, List<Param> params) {
        Json.putList(node, "params", params, param -> keyValue(param.key(), param.value()));
    }

    static ObjectNode keyValue(String key, String value) {
        return Json.object().put("key", key).put("value", value);
    }
}
