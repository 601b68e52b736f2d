package io.sparkmlflow.search;

/** One key of an ordering. */
public record OrderBy(Field field, boolean ascending) {}
