package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.entities.Experiment;
import io.sparkmlflow.entities.LifecycleStage;

/** Experiments. */
final class ExperimentJson {
    private ExperimentJson() {}

    static Experiment fromJson(JsonNode node) {
        return new Experiment(
                Json.text(node, "experiment_id"),
                Json.text(node, "name"),
                Json.textOr(node, "artifact_location", ""),
                stage(node),
                Json.number(node, "creation_time"),
                Json.number(node, "last_update_time"),
                KeyValueJson.toMap(node, "tags"));
    }

    static LifecycleStage stage(JsonNode node) {
        String name = Json.text(node, "lifecycle_stage");
        for (LifecycleStage stage : LifecycleStage.values()) {
            if (stage.wireName().equals(name)) {
                return stage;
            }
        }
        throw Json.unknownValue("lifecycle_stage", name);
    }
}
