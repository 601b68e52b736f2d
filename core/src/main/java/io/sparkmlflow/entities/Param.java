package io.sparkmlflow.entities;

/** A param of a run: written once, then immutable. Key of at most 250 characters, value of at most 6000. */
public record Param(String key, String value) {}
