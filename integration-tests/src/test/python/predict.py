"""Scores a CSV file with a model, by mlflow.spark and by mlflow.pyfunc, and prints both columns of predictions.

usage: predict.py TRACKING_URI MODEL_URI CSV
"""

import json
import sys

import mlflow
from pyspark.sql import SparkSession


def main():
    tracking_uri, model_uri, csv = sys.argv[1:]
    mlflow.set_tracking_uri(tracking_uri)
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    table = spark.read.csv(csv, header=True, inferSchema=True)
    by_spark = mlflow.spark.load_model(model_uri).transform(table)
    by_pyfunc = mlflow.pyfunc.load_model(model_uri).predict(table.toPandas())
    print(
        json.dumps(
            {
                "spark": [float(row.prediction) for row in by_spark.select("prediction").collect()],
                "pyfunc": [float(value) for value in by_pyfunc],
            }
        )
    )


main()
