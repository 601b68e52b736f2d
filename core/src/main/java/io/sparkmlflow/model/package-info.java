/**
 * The MLmodel format: the YAML file that makes a folder a model, and the signature in it.
 *
 * <p>Follows what Python's MLflow 3.17 writes and accepts. Keys that this code does not know survive reading and writing.
 */
package io.sparkmlflow.model;
