package io.sparkmlflow.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON laid out as Python's {@code json.dumps} lays it out, so that files from both sides compare equal: nothing but ASCII,
 * numbers in Python's spelling, {@code NaN} and {@code Infinity} as they are.
 */
public final class PythonJson {
    /** The one mapper of this package: plain trees, no annotations. Takes what {@code json.loads} takes. */
    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final int SHOWN_CHARACTERS = 200;

    private PythonJson() {}

    /**
     * Returns what {@code json.dumps(value)} returns: one line, a blank after each comma and colon.
     *
     * @param value {@code null}, a {@link Boolean}, a {@link Number}, a {@link Map}, an {@link Iterable}, an array of them, a
     *     {@link JsonNode}, or something that is written as text: dates and times in ISO 8601, {@code byte[]} in Base64 as MLflow's encoder does
     */
    public static String compact(Object value) {
        return PythonJsonWriter.write(value, false);
    }

    /** Returns what {@code json.dumps(value, indent=2)} returns, see {@link #compact(Object)}. */
    public static String indented(Object value) {
        return PythonJsonWriter.write(value, true);
    }

    /**
     * Reads what {@code json.loads} reads: maps in order, lists, {@link String}, {@link Boolean}, {@link Integer}, {@link
     * Long}, {@link BigInteger}, {@link Double}, {@code null}.
     *
     * @param what names the text in messages
     * @throws MlflowException {@code INVALID_PARAMETER_VALUE} if it is not JSON
     */
    public static Object read(String json, String what) {
        return value(readTree(json, what));
    }

    static JsonNode readTree(String json, String what) {
        JsonNode node;
        try {
            node = MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new MlflowException(
                    ErrorCode.INVALID_PARAMETER_VALUE,
                    what + " is not JSON: " + e.getOriginalMessage() + " in: " + shortened(json),
                    e);
        }
        if (node.isMissingNode()) {
            throw MlflowException.invalidParameter(what + " is empty, not JSON");
        }
        return node;
    }

    static String shortened(Object text) {
        String all = String.valueOf(text);
        return all.length() <= SHOWN_CHARACTERS ? all : all.substring(0, SHOWN_CHARACTERS) + "…";
    }

    private static Object value(JsonNode node) {
        if (node.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            node.properties().forEach(entry -> map.put(entry.getKey(), value(entry.getValue())));
            return map;
        }
        if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            node.forEach(item -> list.add(value(item)));
            return list;
        }
        if (node.isNumber()) {
            return node.numberValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        return node.isNull() ? null : node.asText();
    }
}
