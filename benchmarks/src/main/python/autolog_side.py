"""Fits a small pipeline once or more often and stops Spark; prints the seconds that all of it took, last. See AutologBenchmark.java.

usage: autolog_side.py nothing|models|no-models TRACKING_URI FITS [spark.key=value …]
"""

import sys
import time

from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession

autolog, tracking_uri, fits = sys.argv[1:4]
builder = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
)
for setting in sys.argv[4:]:
    builder = builder.config(*setting.split("=", 1))
spark = builder.getOrCreate()
iris = spark.read.csv("iris.csv", header=True, inferSchema=True)
iris.count()
if autolog != "nothing":
    import mlflow

    mlflow.set_tracking_uri(tracking_uri)
    mlflow.pyspark.ml.autolog(log_models=autolog == "models")
columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
pipeline = Pipeline(
    stages=[VectorAssembler(inputCols=columns, outputCol="features"), LogisticRegression(maxIter=20)]
)

start = time.perf_counter()
for _ in range(int(fits)):
    pipeline.fit(iris)
spark.stop()
print(time.perf_counter() - start)
