package io.sparkmlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.model.PythonJson;
import io.sparkmlflow.model.PythonYaml;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The formats of artifacts that are made of values: dictionaries and tables. */
final class ArtifactTexts {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ArtifactTexts() {}

    /** Returns YAML if the file's name ends in {@code .yaml} or {@code .yml}, else JSON, as MLflow does. */
    static String ofDict(Map<String, ?> dictionary, String fileName) {
        if (fileName.endsWith(".yaml") || fileName.endsWith(".yml")) {
            return PythonYaml.sorted(JSON.convertValue(dictionary, Map.class));
        }
        return PythonJson.indented(JSON.valueToTree(dictionary));
    }

    /** Returns {@code {"columns": […], "data": [[…], …]}}. A number that is not finite becomes null, as in Python. */
    static String ofTable(Table table) {
        ObjectNode node = JSON.createObjectNode();
        node.set("columns", JSON.valueToTree(table.columns()));
        ArrayNode data = node.putArray("data");
        for (List<Object> row : table.rows()) {
            ArrayNode values = data.addArray();
            row.forEach(value -> values.add(valueNode(value)));
        }
        return node.toString();
    }

    private static JsonNode valueNode(Object value) {
        if (value instanceof Double number && !Double.isFinite(number)
                || value instanceof Float single && !Float.isFinite(single)) {
            return JSON.nullNode();
        }
        if (value instanceof java.time.temporal.TemporalAccessor) {
            return JSON.getNodeFactory().textNode(value.toString());
        }
        try {
            return JSON.valueToTree(value);
        } catch (IllegalArgumentException e) {
            throw MlflowException.invalidParameter(
                    "A value of the class " + value.getClass().getName()
                            + " cannot be written as JSON: expected a text, a number, a boolean, null, a list or a map");
        }
    }

    /** Returns a text in UTF-8. Throws {@code BAD_REQUEST} if the bytes are none. */
    static String decode(byte[] bytes, String uri) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MlflowException(
                    ErrorCode.BAD_REQUEST,
                    "The artifact " + uri + " is not a text in UTF-8: download it, or open it as a stream",
                    e);
        }
    }

    /** Reads a JSON object. Throws {@code BAD_REQUEST} if the text is none. */
    static Map<String, Object> toDict(String text, String uri) {
        try {
            JsonNode node = JSON.readTree(text);
            if (node != null && node.isObject()) {
                return JSON.convertValue(node, new TypeReference<LinkedHashMap<String, Object>>() {});
            }
        } catch (JsonProcessingException e) {
            // falls through to the sentence that says what is expected
        }
        throw new MlflowException(ErrorCode.BAD_REQUEST, "The artifact " + uri + " is not a JSON object");
    }

    /** Reads a table. Throws {@code INVALID_PARAMETER_VALUE} if the text is none. */
    static Table toTable(String text, String path) {
        try {
            JsonNode node = JSON.readTree(text);
            if (!node.path("columns").isArray() || !node.path("data").isArray()) {
                throw notATable(path);
            }
            List<String> columns = new ArrayList<>();
            node.get("columns").forEach(name -> columns.add(name.asText()));
            List<List<Object>> rows = new ArrayList<>();
            for (JsonNode row : node.get("data")) {
                if (!row.isArray()) {
                    throw notATable(path);
                }
                List<Object> values = new ArrayList<>();
                row.forEach(value -> values.add(JSON.convertValue(value, Object.class)));
                rows.add(values);
            }
            return new Table(columns, rows);
        } catch (JsonProcessingException e) {
            throw notATable(path);
        }
    }

    private static MlflowException notATable(String path) {
        return MlflowException.invalidParameter("The artifact '" + path
                + "' is no table: expected JSON with the fields 'columns' and 'data', as logTable writes it");
    }

    /**
     * Returns the tag {@code mlflow.loggedArtifacts} with a table more.
     *
     * @param tag what it is now, or {@code null}
     * @return {@code tag} itself if the table is in it already
     */
    static String withTable(String tag, String path) {
        try {
            JsonNode old = tag == null ? JSON.createArrayNode() : JSON.readTree(tag);
            ArrayNode items = old instanceof ArrayNode array ? array : JSON.createArrayNode();
            ObjectNode item = JSON.createObjectNode().put("path", path).put("type", "table");
            for (JsonNode known : items) {
                if (known.equals(item)) {
                    return tag;
                }
            }
            return PythonJson.compact(items.add(item));
        } catch (JsonProcessingException e) {
            throw new MlflowException(
                    ErrorCode.INVALID_STATE,
                    "The run's tag mlflow.loggedArtifacts is not JSON: delete or correct it",
                    e);
        }
    }
}
