package io.sparkmlflow.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.MlflowException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes the JSON lists that a signature is made of, as Python's MLflow writes them into {@code MLmodel} and into
 * a dataset's {@code mlflow_colspec}.
 */
public final class SignatureJson {
    private static final int MAX_DEPTH = 64;

    private SignatureJson() {}

    /** Writes columns, e.g. {@code [{"type": "double", "name": "x", "required": true}]}. */
    public static String columnsToJson(List<ColumnSpec> columns) {
        return PythonJson.compact(columnsToNode(columns));
    }

    /** Writes a dataset's schema, {@code {"mlflow_colspec": […]}}. */
    public static String datasetSchema(List<ColumnSpec> columns) {
        ObjectNode node = PythonJson.MAPPER.createObjectNode();
        node.set("mlflow_colspec", columnsToNode(columns));
        return PythonJson.compact(node);
    }

    /** Reads columns. Throws {@code INVALID_PARAMETER_VALUE} if the text is not such a list. */
    public static List<ColumnSpec> columnsFromJson(String json) {
        List<ColumnSpec> columns = new ArrayList<>();
        for (JsonNode column : readList(json)) {
            columns.add(new ColumnSpec(
                    text(column, "name", null),
                    typeFrom(column, 0),
                    column.path("required").asBoolean(true)));
        }
        return columns;
    }

    static String paramsToJson(List<ParamSpec> params) {
        ArrayNode list = PythonJson.MAPPER.createArrayNode();
        for (ParamSpec param : params) {
            ObjectNode node = list.addObject();
            node.put("name", param.name());
            node.set("default", read(param.defaultJson()));
            node.set(
                    "shape",
                    param.isList() ? PythonJson.MAPPER.createArrayNode().add(-1) : PythonJson.MAPPER.nullNode());
            writeType(param.type(), node);
        }
        return PythonJson.compact(list);
    }

    static List<ParamSpec> paramsFromJson(String json) {
        List<ParamSpec> params = new ArrayList<>();
        for (JsonNode param : readList(json)) {
            params.add(new ParamSpec(
                    text(param, "name", ""),
                    typeFrom(param, 0),
                    param.path("default").toString(),
                    param.path("shape").isArray()));
        }
        return params;
    }

    private static ArrayNode columnsToNode(List<ColumnSpec> columns) {
        ArrayNode list = PythonJson.MAPPER.createArrayNode();
        for (ColumnSpec column : columns) {
            ObjectNode node = list.addObject();
            if (column.type() instanceof ColumnType.TensorType) {
                putName(node, column);
                writeType(column.type(), node);
            } else {
                writeType(column.type(), node);
                putName(node, column);
                node.put("required", column.required());
            }
        }
        return list;
    }

    private static void putName(ObjectNode node, ColumnSpec column) {
        if (column.name() != null) {
            node.put("name", column.name());
        }
    }

    private static void writeType(ColumnType type, ObjectNode node) {
        if (type instanceof ScalarType scalar) {
            node.put("type", scalar.wireName());
        } else if (type instanceof ColumnType.ArrayType array) {
            node.put("type", "array");
            writeType(array.items(), node.putObject("items"));
        } else if (type instanceof ColumnType.MapType map) {
            node.put("type", "map");
            writeType(map.values(), node.putObject("values"));
        } else if (type instanceof ColumnType.ObjectType object) {
            node.put("type", "object");
            ObjectNode properties = node.putObject("properties");
            object.properties().forEach((name, property) -> {
                ObjectNode child = properties.putObject(name);
                writeType(property.type(), child);
                child.put("required", property.required());
            });
        } else if (type instanceof ColumnType.TensorType tensor) {
            node.put("type", "tensor");
            ObjectNode spec = node.putObject("tensor-spec");
            spec.put("dtype", tensor.dtype());
            tensor.shape().forEach(spec.putArray("shape")::add);
        } else if (type instanceof ColumnType.VectorType) {
            node.put("type", "sparkml_vector");
        } else {
            node.put("type", "any");
        }
    }

    private static ColumnType typeFrom(JsonNode node, int depth) {
        if (depth > MAX_DEPTH) {
            throw MlflowException.invalidParameter(
                    "A column type of a signature is nested deeper than " + MAX_DEPTH + " levels");
        }
        String type = text(node, "type", "");
        return switch (type) {
            case "array" -> new ColumnType.ArrayType(typeFrom(node.path("items"), depth + 1));
            case "map" -> new ColumnType.MapType(typeFrom(node.path("values"), depth + 1));
            case "object" -> new ColumnType.ObjectType(properties(node.path("properties"), depth));
            case "any" -> new ColumnType.AnyType();
            case "sparkml_vector" -> new ColumnType.VectorType();
            case "tensor" -> tensor(node.path("tensor-spec"));
            default -> scalar(type, node);
        };
    }

    private static Map<String, ColumnType.Property> properties(JsonNode node, int depth) {
        Map<String, ColumnType.Property> properties = new LinkedHashMap<>();
        node.properties()
                .forEach(entry -> properties.put(
                        entry.getKey(),
                        new ColumnType.Property(
                                typeFrom(entry.getValue(), depth + 1),
                                entry.getValue().path("required").asBoolean(true))));
        return properties;
    }

    private static ColumnType tensor(JsonNode spec) {
        List<Integer> shape = new ArrayList<>();
        spec.path("shape").forEach(size -> shape.add(size.asInt()));
        return new ColumnType.TensorType(text(spec, "dtype", ""), shape);
    }

    private static ScalarType scalar(String type, JsonNode node) {
        for (ScalarType scalar : ScalarType.values()) {
            if (scalar.wireName().equals(type)) {
                return scalar;
            }
        }
        throw MlflowException.invalidParameter("Unknown column type '" + type + "' in the signature entry " + node
                + ": expected one of boolean, integer, long, float, double, string, binary, datetime, array, object, map,"
                + " any, sparkml_vector, tensor");
    }

    private static JsonNode readList(String json) {
        JsonNode node = read(json);
        if (!node.isArray()) {
            throw MlflowException.invalidParameter("A signature must be a JSON list, not: " + json);
        }
        return node;
    }

    private static JsonNode read(String json) {
        try {
            return PythonJson.MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new MlflowException(
                    io.sparkmlflow.ErrorCode.INVALID_PARAMETER_VALUE,
                    "A signature is not JSON: " + e.getOriginalMessage() + " in: " + json,
                    e);
        }
    }

    private static String text(JsonNode node, String field, String otherwise) {
        return node.hasNonNull(field) ? node.get(field).asText() : otherwise;
    }
}
