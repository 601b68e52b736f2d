package io.sparkmlflow.entities;

/** A logged model that a run used. */
public record ModelInput(String modelId) {}
