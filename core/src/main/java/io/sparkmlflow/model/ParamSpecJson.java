package io.sparkmlflow.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The JSON of a signature's params. */
final class ParamSpecJson {
    private static final String NAME = "name";
    private static final String TYPE = "type";
    private static final String FORMER_TYPE = "dtype";
    private static final String DEFAULT = "default";
    private static final String SHAPE = "shape";

    private ParamSpecJson() {}

    static void write(ParamSpec param, ObjectNode node) {
        JsonNode value = PythonJson.readTree(param.defaultJson(), "The default of the param '" + param.name() + "'");
        node.put(NAME, param.name());
        node.set(DEFAULT, value);
        node.set(SHAPE, param.isList() ? PythonJson.MAPPER.createArrayNode().add(-1) : PythonJson.MAPPER.nullNode());
        ColumnTypeJson.write(param.type(), node);
        node.set(DEFAULT, checked(param.type(), param.isList(), value, node));
    }

    static ParamSpec read(JsonNode node) {
        JsonNode name = node.get(NAME);
        JsonNode value = node.get(DEFAULT);
        if (name == null || !name.isValueNode() || value == null || !(node.has(TYPE) || node.has(FORMER_TYPE))) {
            throw ColumnTypeJson.invalid("a param must have the keys 'name', 'type' and 'default'", node);
        }
        JsonNode shape = node.path(SHAPE);
        boolean list = shape.isArray() && shape.size() == 1 && shape.get(0).asInt() == -1;
        if (!list && !shape.isNull() && !shape.isMissingNode()) {
            throw ColumnTypeJson.invalid("a param's shape must be null or [-1]", node);
        }
        ColumnType type = type(node);
        JsonNode checked = checked(type, list, value, node);
        return new ParamSpec(name.asText(), type, PythonJson.compact(checked), list);
    }

    private static ColumnType type(JsonNode node) {
        if (node.has(TYPE)) {
            return ColumnTypeJson.read(node);
        }
        ObjectNode today = node.deepCopy();
        today.set(TYPE, node.get(FORMER_TYPE));
        return ColumnTypeJson.read(today);
    }

    /** Returns the default as Python writes it. */
    private static JsonNode checked(ColumnType type, boolean list, JsonNode value, JsonNode node) {
        if (type instanceof ColumnType.ObjectType && !list) {
            if (!value.isObject() && !value.isNull()) {
                throw ColumnTypeJson.invalid("the default of a param of type object must be a JSON object", node);
            }
            return value;
        }
        if (!(type instanceof ScalarType scalar) || scalar == ScalarType.BINARY) {
            throw ColumnTypeJson.invalid("a param's type must be a scalar other than binary, or object", node);
        }
        if (!list) {
            return checkedScalar(scalar, value, node);
        }
        if (!value.isArray()) {
            throw ColumnTypeJson.invalid("the default of a param of shape [-1] must be a list", node);
        }
        ArrayNode items = PythonJson.MAPPER.createArrayNode();
        value.forEach(item -> items.add(checkedScalar(scalar, item, node)));
        return items;
    }

    /** What Python takes without a loss; null is always taken. */
    private static JsonNode checkedScalar(ScalarType type, JsonNode value, JsonNode node) {
        boolean fits = value.isNull()
                || switch (type) {
                    case BOOLEAN -> value.isBoolean();
                    case INTEGER, LONG -> value.isIntegralNumber();
                    case FLOAT, DOUBLE -> value.isNumber();
                    case STRING, DATETIME -> value.isTextual();
                    case BINARY -> false;
                };
        if (!fits) {
            throw ColumnTypeJson.invalid(
                    "the default " + PythonJson.shortened(value) + " is not of the type " + type.wireName(), node);
        }
        boolean real = value.isNumber() && (type == ScalarType.FLOAT || type == ScalarType.DOUBLE);
        return real ? DoubleNode.valueOf(value.doubleValue()) : value;
    }
}
