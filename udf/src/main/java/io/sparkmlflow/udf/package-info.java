/**
 * A model as one Catalyst expression.
 *
 * <p>{@code PipelineFolder} folds what a fitted pipeline's {@code transform} does to a row into one expression for each
 * output column, {@code FusedCompiler} makes a program of these, {@code ModelExpressions} binds it to the arguments of a
 * call, and {@code ModelFunctions} makes SQL functions of the result, {@code ModelColumns} functions of columns, and {@code
 * RowModel} one of single rows.
 */
package io.sparkmlflow.udf;
