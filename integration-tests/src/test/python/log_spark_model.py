"""Fits a pipeline, logs and registers it with mlflow.spark.log_model, and prints how it predicts a second file.

usage: log_spark_model.py TRACKING_URI REGISTERED_NAME TRAIN_CSV HOLDOUT_CSV
"""

import json
import sys

import mlflow
from mlflow.models import infer_signature
from pyspark.ml import Pipeline
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession


def main():
    tracking_uri, name, train_csv, holdout_csv = sys.argv[1:]
    mlflow.set_tracking_uri(tracking_uri)
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    train = spark.read.csv(train_csv, header=True, inferSchema=True)
    holdout = spark.read.csv(holdout_csv, header=True, inferSchema=True)
    columns = ["mean_radius", "mean_texture", "mean_smoothness"]
    model = Pipeline(
        stages=[
            VectorAssembler(inputCols=columns, outputCol="measurements"),
            StandardScaler(inputCol="measurements", outputCol="features", withMean=True),
            LinearRegression(labelCol="mean_area", maxIter=10, regParam=0.1),
        ]
    ).fit(train)
    scored = model.transform(holdout)
    with mlflow.start_run() as run:
        mlflow.spark.log_model(
            model,
            "model",
            registered_model_name=name,
            signature=infer_signature(train.select(columns), model.transform(train).select("prediction")),
            pip_requirements=["mlflow==" + mlflow.__version__],
        )
    print(
        json.dumps(
            {
                "run_id": run.info.run_id,
                "spark": [row.prediction for row in scored.select("prediction").collect()],
            }
        )
    )


main()
