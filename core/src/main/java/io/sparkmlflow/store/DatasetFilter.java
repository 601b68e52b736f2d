package io.sparkmlflow.store;

/**
 * A dataset that a metric of a logged model was computed on.
 *
 * @param digest {@code null} for any
 */
public record DatasetFilter(String name, String digest) {}
