package io.sparkmlflow.store.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.util.List;

/** The tags of MLflow whose value is a JSON array that grows. */
final class JsonTags {
    /** The tag of a logged model with the registered versions of it. */
    static final String MODEL_VERSIONS = "mlflow.modelVersions";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> MODEL_INFO_MANDATORY =
            List.of("artifact_path", "flavors", "run_id", "utc_time_created");
    private static final List<String> MODEL_INFO_KEPT =
            List.of("run_id", "artifact_path", "utc_time_created", "model_uuid");

    private JsonTags() {}

    /** Adds to {@code mlflow.log-model.history} what is kept there of a model's description. */
    static String appendModelInfo(String history, String modelInfoJson) {
        JsonNode info;
        try {
            info = JSON.readTree(modelInfoJson);
        } catch (JsonProcessingException e) {
            throw MlflowException.invalidParameter(
                    "Malformed model info. \n " + modelInfoJson + " \n is not a valid JSON.");
        }
        List<String> missing = MODEL_INFO_MANDATORY.stream()
                .filter(field -> !info.has(field))
                .map(Validation::quoted)
                .toList();
        if (!missing.isEmpty()) {
            throw MlflowException.invalidParameter(
                    "Model json is missing mandatory fields: {" + String.join(", ", missing) + "}");
        }
        ObjectNode kept = JSON.createObjectNode();
        for (String field : MODEL_INFO_KEPT) {
            if (info.has(field)) {
                kept.set(field, info.get(field));
            }
        }
        ObjectNode flavors = kept.putObject("flavors");
        info.get("flavors").properties().forEach(flavor -> {
            JsonNode description = flavor.getValue().deepCopy();
            // A flavor's config may be long and is in the MLmodel file anyway.
            if (description instanceof ObjectNode object) {
                object.remove("config");
            }
            flavors.set(flavor.getKey(), description);
        });
        return append(history, "mlflow.log-model.history", kept, false);
    }

    /** Adds a registered version to {@code mlflow.modelVersions}, once. */
    static String appendModelVersion(String versions, String name, int version) {
        return append(
                versions,
                MODEL_VERSIONS,
                JSON.createObjectNode().put("name", name).put("version", version),
                true);
    }

    private static String append(String array, String tag, ObjectNode item, boolean once) {
        try {
            ArrayNode items = JSON.createArrayNode();
            if (array != null) {
                if (!(JSON.readTree(array) instanceof ArrayNode known)) {
                    throw broken(tag, array);
                }
                items = known;
            }
            boolean known = false;
            for (JsonNode old : items) {
                known |= old.equals(item);
            }
            if (!once || !known) {
                items.add(item);
            }
            return JSON.writeValueAsString(items);
        } catch (JsonProcessingException e) {
            throw broken(tag, array);
        }
    }

    private static MlflowException broken(String tag, String value) {
        return new MlflowException(
                ErrorCode.INVALID_STATE,
                "The tag " + tag + " is not a JSON array: '" + Validation.shown(value) + "'; delete or correct it");
    }
}
