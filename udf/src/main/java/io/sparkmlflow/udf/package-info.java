/**
 * A model as one Catalyst expression.
 *
 * <p>{@code PipelineFolder} folds what a fitted pipeline's {@code transform} does to a row into one expression for each
 * output column, {@code ModelExpressions} binds these to the arguments of a call, and {@code ModelFunctions} makes SQL
 * functions of the result.
 */
package io.sparkmlflow.udf;
