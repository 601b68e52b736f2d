package io.sparkmlflow.mllib;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.model.PythonJson;

/** What the run tag {@code mlflow.log-model.history} says about one model. */
final class ModelHistory {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ModelHistory() {}

    /** Returns the JSON object for a logged model, as {@code runs/log-model} takes it. */
    static String entry(MlModel mlmodel) {
        ObjectNode entry = MAPPER.createObjectNode();
        for (String key : new String[] {"run_id", "artifact_path", "utc_time_created", "model_uuid"}) {
            entry.put(key, mlmodel.text(key).orElse(null));
        }
        entry.set("flavors", MAPPER.valueToTree(mlmodel.toMap().get("flavors")));
        return PythonJson.compact(entry);
    }
}
