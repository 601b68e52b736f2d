package io.sparkmlflow.model;

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
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
