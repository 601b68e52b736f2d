/** The one place that knows the configuration keys of spark-mlflow, their environment variables and their defaults. */
package io.sparkmlflow.config;
