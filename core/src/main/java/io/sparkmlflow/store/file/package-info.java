/**
 * The file store of MLflow before version 3.7, the folder {@code mlruns}: read only.
 *
 * <p>Layout: {@code <experiment id>/meta.yaml}, in it {@code <run id>/meta.yaml} with folders {@code metrics}, {@code
 * params}, {@code tags}, {@code inputs} and {@code outputs}, and {@code models/<model id>/meta.yaml}; {@code .trash} has the
 * deleted experiments, {@code models/<name>} the registered models. A key is a file name, with folders where it has slashes.
 */
package io.sparkmlflow.store.file;
