package io.sparkmlflow.search;

/**
 * Something that can be compared or ordered by.
 *
 * @param key the name of the attribute, or the key of the metric, param or tag, without quotes
 */
public record Field(FieldType type, String key) {}
