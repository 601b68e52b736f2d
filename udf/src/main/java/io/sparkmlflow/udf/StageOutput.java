package io.sparkmlflow.udf;

import org.apache.spark.ml.Transformer;

/** A column that a stage adds. */
record StageOutput(Transformer stage, String column) {}
