"""Logs a pipeline with mlflow.spark.log_model while Spark knows the scheme mlflow-artifacts, and loads it back.

usage: log_spark_model_directly.py TRACKING_URI BUNDLE_JAR
"""

import json
import sys

import mlflow
from pyspark.ml import Pipeline
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession


def main():
    tracking_uri, bundle = sys.argv[1:]
    mlflow.set_tracking_uri(tracking_uri)
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", bundle)
        .config("spark.sql.extensions", "io.sparkmlflow.MlflowSparkExtensions")
        .config("spark.mlflow.trackingUri", tracking_uri)
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    data = spark.range(40).selectExpr("id", "id * 0.3 AS x", "id * 0.7 + 1 AS label")
    model = Pipeline(
        stages=[VectorAssembler(inputCols=["x"], outputCol="features"), LinearRegression(maxIter=5, regParam=0.1)]
    ).fit(data)
    with mlflow.start_run() as run:
        mlflow.spark.log_model(model, "model", pip_requirements=["mlflow==" + mlflow.__version__])
    uri = f"runs:/{run.info.run_id}/model"

    def predictions(fitted):
        return [row.prediction for row in fitted.transform(data).orderBy("id").select("prediction").collect()]

    same = predictions(mlflow.spark.load_model(uri)) == predictions(model)
    client = mlflow.MlflowClient()
    files = [file.path for file in client.list_artifacts(run.info.run_id, "model/sparkml")]
    print(json.dumps({"same": same, "files": files}))


main()
