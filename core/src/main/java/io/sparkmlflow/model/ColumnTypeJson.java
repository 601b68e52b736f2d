package io.sparkmlflow.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.MlflowException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The JSON of a column's type, a part of the object that describes the column. */
final class ColumnTypeJson {
    private static final int MAX_DEPTH = 64;
    private static final String TYPE = "type";
    private static final String REQUIRED = "required";

    private ColumnTypeJson() {}

    static void write(ColumnType type, ObjectNode node) {
        if (type instanceof ScalarType scalar) {
            node.put(TYPE, scalar.wireName());
        } else if (type instanceof ColumnType.ArrayType array) {
            node.put(TYPE, "array");
            write(array.items(), node.putObject("items"));
        } else if (type instanceof ColumnType.MapType map) {
            node.put(TYPE, "map");
            write(map.values(), node.putObject("values"));
        } else if (type instanceof ColumnType.ObjectType object) {
            node.put(TYPE, "object");
            ObjectNode properties = node.putObject("properties");
            // Python sorts an object's properties by name.
            new TreeMap<>(object.properties()).forEach((name, property) -> {
                ObjectNode child = properties.putObject(name);
                write(property.type(), child);
                child.put(REQUIRED, property.required());
            });
        } else if (type instanceof ColumnType.TensorType tensor) {
            node.put(TYPE, "tensor");
            ObjectNode spec = node.putObject("tensor-spec");
            spec.put("dtype", tensor.dtype());
            tensor.shape().forEach(spec.putArray("shape")::add);
        } else if (type instanceof ColumnType.VectorType) {
            node.put(TYPE, "sparkml_vector");
        } else {
            node.put(TYPE, "any");
        }
    }

    static ColumnType read(JsonNode node) {
        return read(node, 0);
    }

    /** A key {@code required} that is missing means true. */
    static boolean required(JsonNode node) {
        JsonNode required = node.get(REQUIRED);
        if (required == null) {
            return true;
        }
        if (!required.isBoolean() && !required.isNull()) {
            throw invalid("'required' must be true or false", node);
        }
        return required.booleanValue();
    }

    static String text(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isTextual()) {
            throw invalid("the key '" + field + "' must be there and be text", node);
        }
        return value.textValue();
    }

    /** Says what is wrong with a part of a signature, and shows the part. */
    static MlflowException invalid(String problem, JsonNode node) {
        return MlflowException.invalidParameter(
                "The signature cannot be read: " + problem + " in: " + PythonJson.shortened(node));
    }

    private static ColumnType read(JsonNode node, int depth) {
        if (depth > MAX_DEPTH) {
            throw MlflowException.invalidParameter(
                    "A column type of a signature is nested deeper than " + MAX_DEPTH + " levels");
        }
        String type = text(node, TYPE);
        return switch (type) {
            case "array" -> new ColumnType.ArrayType(read(object(node, "items"), depth + 1));
            case "map" -> new ColumnType.MapType(read(object(node, "values"), depth + 1));
            case "object" -> new ColumnType.ObjectType(properties(object(node, "properties"), depth));
            case "any" -> new ColumnType.AnyType();
            case "sparkml_vector" -> new ColumnType.VectorType();
            case "tensor" -> tensor(node, depth);
            default -> scalar(type, node);
        };
    }

    private static Map<String, ColumnType.Property> properties(JsonNode node, int depth) {
        if (node.isEmpty()) {
            throw invalid("an object must have at least one property", node);
        }
        Map<String, ColumnType.Property> properties = new LinkedHashMap<>();
        node.properties()
                .forEach(entry -> properties.put(
                        entry.getKey(),
                        new ColumnType.Property(read(entry.getValue(), depth + 1), required(entry.getValue()))));
        return properties;
    }

    private static ColumnType tensor(JsonNode node, int depth) {
        if (depth > 0) {
            throw invalid("a tensor is a whole input, not a part of a column", node);
        }
        JsonNode spec = object(node, "tensor-spec");
        JsonNode sizes = spec.path("shape");
        if (!sizes.isArray()) {
            throw invalid("the key 'shape' must be there and be a list of sizes", spec);
        }
        List<Integer> shape = new ArrayList<>();
        for (JsonNode size : sizes) {
            if (!size.isIntegralNumber() || !size.canConvertToInt() || size.intValue() < -1) {
                throw invalid("a tensor's shape has sizes from 0, or -1 for any, not " + size, spec);
            }
            shape.add(size.intValue());
        }
        return new ColumnType.TensorType(text(spec, "dtype"), shape);
    }

    private static ScalarType scalar(String type, JsonNode node) {
        return ScalarType.find(type)
                .orElseThrow(() -> MlflowException.invalidParameter("Unknown column type '" + PythonJson.shortened(type)
                        + "' in the signature entry " + PythonJson.shortened(node) + ": expected one of "
                        + String.join(", ", allTypes())));
    }

    private static Collection<String> allTypes() {
        List<String> names = new ArrayList<>(
                Arrays.stream(ScalarType.values()).map(ScalarType::wireName).toList());
        names.addAll(List.of("array", "object", "map", "any", "sparkml_vector", "tensor"));
        return names;
    }

    private static JsonNode object(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isObject()) {
            throw invalid("the key '" + field + "' must be there and be a JSON object", node);
        }
        return value;
    }
}
