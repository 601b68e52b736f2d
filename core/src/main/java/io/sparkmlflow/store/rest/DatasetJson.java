package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.DatasetInput;

/** Datasets that runs used. */
final class DatasetJson {
    private DatasetJson() {}

    static DatasetInput fromJson(JsonNode node) {
        JsonNode dataset = Json.required(node, "dataset");
        return new DatasetInput(
                new Dataset(
                        Json.text(dataset, "name"),
                        Json.textOr(dataset, "digest", ""),
                        Json.textOr(dataset, "source_type", ""),
                        Json.textOr(dataset, "source", ""),
                        Json.textOrNull(dataset, "schema"),
                        Json.textOrNull(dataset, "profile")),
                KeyValueJson.toMap(node, "tags"));
    }

    static ObjectNode toJson(DatasetInput input) {
        ObjectNode node = Json.object();
        KeyValueJson.put(node, "tags", input.tags());
        ObjectNode dataset = node.putObject("dataset");
        dataset.put("name", input.dataset().name());
        dataset.put("digest", input.dataset().digest());
        dataset.put("source_type", input.dataset().sourceType());
        dataset.put("source", input.dataset().source());
        Json.putIfPresent(dataset, "schema", input.dataset().schema());
        Json.putIfPresent(dataset, "profile", input.dataset().profile());
        return node;
    }
}
