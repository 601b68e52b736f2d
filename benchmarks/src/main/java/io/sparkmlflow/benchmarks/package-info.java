/** Measures this project beside Python's MLflow, in pairs of processes. */
package io.sparkmlflow.benchmarks;
