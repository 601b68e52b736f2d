package io.sparkmlflow.model;

import java.util.Map;

/** The type of a signature's column, by MLflow's grammar. */
public sealed interface ColumnType
        permits ScalarType,
                ColumnType.ArrayType,
                ColumnType.MapType,
                ColumnType.ObjectType,
                ColumnType.AnyType,
                ColumnType.VectorType,
                ColumnType.TensorType {

    /** A list of values of one type. */
    record ArrayType(ColumnType items) implements ColumnType {}

    /** A string-keyed map with values of one type. */
    record MapType(ColumnType values) implements ColumnType {}

    /** A struct: named properties in order, each with its own type and necessity. */
    record ObjectType(Map<String, Property> properties) implements ColumnType {
        public ObjectType {
            properties = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(properties));
        }
    }

    /** One property of an {@link ObjectType}. */
    record Property(ColumnType type, boolean required) {}

    /** Anything, null included. */
    record AnyType() implements ColumnType {}

    /** An MLlib vector, dense or sparse; Python's {@code sparkml_vector}. */
    record VectorType() implements ColumnType {}

    /**
     * A tensor.
     *
     * @param dtype NumPy's name, e.g. {@code float32}
     * @param shape sizes, -1 for any
     */
    record TensorType(String dtype, java.util.List<Integer> shape) implements ColumnType {
        public TensorType {
            shape = java.util.List.copyOf(shape);
        }
    }
}
