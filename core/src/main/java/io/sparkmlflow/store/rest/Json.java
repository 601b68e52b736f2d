package io.sparkmlflow.store.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What all readers and writers of MLflow's JSON share. */
final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Reads one JSON value; an empty text is a missing node. */
    static JsonNode parse(byte[] bytes) throws IOException {
        JsonNode node = MAPPER.readTree(bytes);
        return node == null ? MissingNode.getInstance() : node;
    }

    static byte[] toBytes(ObjectNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new MlflowException(ErrorCode.INTERNAL_ERROR, "Cannot write a request as JSON.", e);
        }
    }

    /** Returns a field that every server sends. */
    static JsonNode required(JsonNode node, String field) {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            throw new MlflowException(
                    ErrorCode.INTERNAL_ERROR,
                    "The server's answer lacks '" + field + "': " + ErrorAnswers.shortened(node.toString()));
        }
        return value;
    }

    static MlflowException unknownValue(String field, String value) {
        return new MlflowException(
                ErrorCode.INTERNAL_ERROR,
                "The server's answer has a '" + field + "' that this version does not know: '" + value + "'.");
    }

    static String text(JsonNode node, String field) {
        return required(node, field).asText();
    }

    static String textOr(JsonNode node, String field, String absent) {
        JsonNode value = node.path(field);
        return value.isMissingNode() || value.isNull() ? absent : value.asText();
    }

    /** Returns a text; {@code null} if it is absent or empty, since MLflow sends {@code ""} for what is not set. */
    static String textOrNull(JsonNode node, String field) {
        String value = textOr(node, field, "");
        return value.isEmpty() ? null : value;
    }

    /** Returns an int64, which MLflow sends as a number and protobuf's JSON as text; 0 if it is absent. */
    static long number(JsonNode node, String field) {
        return node.path(field).asLong(0);
    }

    static Long numberOrNull(JsonNode node, String field) {
        return node.hasNonNull(field) ? Long.valueOf(number(node, field)) : null;
    }

    /** Returns a double, which is text if it is not finite. */
    static double real(JsonNode node, String field) {
        JsonNode value = node.path(field);
        if (!value.isTextual()) {
            return value.asDouble();
        }
        return switch (value.asText()) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> value.asDouble();
        };
    }

    /** Sets a double; one that is not finite as text, because JSON has no number for it. */
    static void putReal(ObjectNode node, String field, double value) {
        if (Double.isFinite(value)) {
            node.put(field, value);
        } else {
            node.put(field, Double.toString(value));
        }
    }

    /** Sets a text unless it is {@code null}. */
    static void putIfPresent(ObjectNode node, String field, String value) {
        if (value != null) {
            node.put(field, value);
        }
    }

    static <T> List<T> list(JsonNode node, String field, Function<JsonNode, T> reader) {
        List<T> items = new ArrayList<>();
        node.path(field).forEach(item -> items.add(reader.apply(item)));
        return items;
    }

    static <T> void putList(ObjectNode node, String field, Iterable<T> items, Function<T, JsonNode> writer) {
        ArrayNode array = node.putArray(field);
        items.forEach(item -> array.add(writer.apply(item)));
    }

    static <T> Page<T> page(JsonNode node, String field, Function<JsonNode, T> reader) {
        return new Page<>(list(node, field, reader), textOrNull(node, "next_page_token"));
    }
}
