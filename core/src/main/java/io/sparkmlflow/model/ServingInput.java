package io.sparkmlflow.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The request to a scoring server that an input example stands for. */
final class ServingInput {
    /** Requests of chats, completions and embeddings are sent as they are. */
    private static final Set<String> UNWRAPPED = Set.of("messages", "prompt", "input");

    private ServingInput() {}

    static Map<String, Object> of(InputExample example) {
        Map<String, Object> request = new LinkedHashMap<>();
        if (example.type() == InputExample.Type.JSON_OBJECT
                && example.data() instanceof Map<?, ?> map
                && !Collections.disjoint(map.keySet(), UNWRAPPED)) {
            map.forEach((name, value) -> request.put(String.valueOf(name), value));
            request.putAll(example.params());
            return request;
        }
        request.put(example.type() == InputExample.Type.DATAFRAME ? "dataframe_split" : "inputs", data(example));
        if (!example.params().isEmpty()) {
            request.put("params", example.params());
        }
        return request;
    }

    /** MLflow's server takes no sparse matrix. */
    private static Object data(InputExample example) {
        return switch (example.type()) {
            case DATAFRAME, NDARRAY, JSON_OBJECT -> example.data();
            case SPARSE_MATRIX_CSR -> SparseMatrix.of(example.data(), true).dense();
            case SPARSE_MATRIX_CSC -> SparseMatrix.of(example.data(), false).dense();
        };
    }
}
