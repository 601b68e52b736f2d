package io.sparkmlflow.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.MlflowException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads and writes the JSON lists that a signature is made of, as Python's MLflow writes them into {@code MLmodel} and into
 * a dataset's {@code mlflow_colspec}.
 *
 * <p>Takes what Python takes: a key that is unknown is an error in a column of a scalar type, and is passed over in every
 * other place.
 */
public final class SignatureJson {
    private static final Set<String> SCALAR_KEYS = Set.of("type", "name", "required");

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
            columns.add(columnFromNode(column));
        }
        return columns;
    }

    /** Writes params. Throws {@code INVALID_PARAMETER_VALUE} if a default is not of its param's type. */
    static String paramsToJson(List<ParamSpec> params) {
        ArrayNode list = PythonJson.MAPPER.createArrayNode();
        params.forEach(param -> ParamSpecJson.write(param, list.addObject()));
        return PythonJson.compact(list);
    }

    static List<ParamSpec> paramsFromJson(String json) {
        List<ParamSpec> params = new ArrayList<>();
        readList(json).forEach(param -> params.add(ParamSpecJson.read(param)));
        return params;
    }

    private static ColumnSpec columnFromNode(JsonNode column) {
        ColumnType type = ColumnTypeJson.read(column);
        if (type instanceof ScalarType) {
            column.fieldNames().forEachRemaining(key -> {
                if (!SCALAR_KEYS.contains(key)) {
                    throw ColumnTypeJson.invalid(
                            "a column of a scalar type has the keys type, name and required, not '" + key + "'",
                            column);
                }
            });
        }
        String name = column.hasNonNull("name") ? ColumnTypeJson.text(column, "name") : null;
        boolean required = type instanceof ColumnType.TensorType || ColumnTypeJson.required(column);
        return new ColumnSpec(name, type, required);
    }

    private static ArrayNode columnsToNode(List<ColumnSpec> columns) {
        ArrayNode list = PythonJson.MAPPER.createArrayNode();
        for (ColumnSpec column : columns) {
            ObjectNode node = list.addObject();
            if (column.type() instanceof ColumnType.TensorType) {
                putName(node, column);
                ColumnTypeJson.write(column.type(), node);
            } else {
                ColumnTypeJson.write(column.type(), node);
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

    private static ArrayNode readList(String json) {
        if (PythonJson.readTree(json, "A signature") instanceof ArrayNode list) {
            return list;
        }
        throw MlflowException.invalidParameter("A signature must be a JSON list, not: " + PythonJson.shortened(json));
    }
}
