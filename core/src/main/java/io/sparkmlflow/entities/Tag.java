package io.sparkmlflow.entities;

/** A tag of a run, experiment, model or dataset input: may be overwritten. */
public record Tag(String key, String value) {}
