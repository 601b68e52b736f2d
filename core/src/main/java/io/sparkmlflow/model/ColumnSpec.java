package io.sparkmlflow.model;

/**
 * A column of a signature.
 *
 * @param name {@code null} for the single unnamed column that some models have
 * @param required whether a caller must give it
 */
public record ColumnSpec(String name, ColumnType type, boolean required) {}
