package io.sparkmlflow.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The scalar column types of MLflow's signatures. */
public enum ScalarType implements ColumnType {
    BOOLEAN,
    INTEGER,
    LONG,
    FLOAT,
    DOUBLE,
    STRING,
    BINARY,
    DATETIME;

    /** Returns MLflow's lower-case name of the type. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the type with a wire name, if there is one. */
    static Optional<ScalarType> find(String wireName) {
        return Arrays.stream(values())
                .filter(type -> type.wireName().equals(wireName))
                .findFirst();
    }
}
