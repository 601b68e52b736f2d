package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.entities.ModelInput;
import io.sparkmlflow.entities.ModelOutput;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunData;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import io.sparkmlflow.store.CreateRun;

/** Runs. */
final class RunJson {
    private RunJson() {}

    static Run fromJson(JsonNode node) {
        JsonNode data = node.path("data");
        return new Run(
                infoFromJson(Json.required(node, "info")),
                new RunData(
                        Json.list(data, "metrics", MetricJson::fromJson),
                        KeyValueJson.toMap(data, "params"),
                        KeyValueJson.toMap(data, "tags")),
                Json.list(node.path("inputs"), "dataset_inputs", DatasetJson::fromJson),
                Json.list(node.path("inputs"), "model_inputs", input -> new ModelInput(Json.text(input, "model_id"))),
                Json.list(
                        node.path("outputs"),
                        "model_outputs",
                        output -> new ModelOutput(Json.text(output, "model_id"), Json.number(output, "step"))));
    }

    static RunInfo infoFromJson(JsonNode node) {
        return new RunInfo(
                node.hasNonNull("run_id") ? Json.text(node, "run_id") : Json.text(node, "run_uuid"),
                Json.textOr(node, "run_name", ""),
                Json.text(node, "experiment_id"),
                Json.textOr(node, "user_id", ""),
                status(Json.text(node, "status")),
                Json.number(node, "start_time"),
                Json.numberOrNull(node, "end_time"),
                ExperimentJson.stage(node),
                Json.textOr(node, "artifact_uri", ""));
    }

    static ObjectNode toJson(CreateRun request) {
        ObjectNode node = Json.object();
        node.put("experiment_id", request.experimentId());
        Json.putIfPresent(node, "user_id", request.userId());
        Json.putIfPresent(node, "run_name", request.runName());
        node.put("start_time", request.startTime());
        KeyValueJson.put(node, "tags", request.tags());
        return node;
    }

    private static RunStatus status(String name) {
        for (RunStatus status : RunStatus.values()) {
            if (status.name().equals(name)) {
                return status;
            }
        }
        throw Json.unknownValue("status", name);
    }
}
