package io.sparkmlflow.model;

/**
 * An inference param of a signature.
 *
 * @param defaultJson its default value as JSON
 * @param isList whether it takes a list of values ({@code shape [-1]})
 */
public record ParamSpec(String name, ColumnType type, String defaultJson, boolean isList) {}
