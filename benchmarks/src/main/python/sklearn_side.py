"""Scores a table with a scikit-learn model by Python's spark_udf and by mlflow_predict in turns. See SklearnBenchmark.java.

usage: sklearn_side.py struct|columns ROWS PAIRS [spark.key=value …]; prints "pair", spark_udf's seconds and mlflow_predict's
"""

import os
import sys
import time

import mlflow
from mlflow.models import infer_signature
from pyspark.sql import SparkSession
from pyspark.sql.functions import expr, struct
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

arguments, rows, pairs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
builder = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.extensions", "io.sparkmlflow.MlflowSparkExtensions")
)
for setting in sys.argv[4:]:
    builder = builder.config(*setting.split("=", 1))
spark = builder.getOrCreate()
iris = load_iris(as_frame=True)
columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
data = iris.data.set_axis(columns, axis=1)
model = LogisticRegression(max_iter=500).fit(data, iris.target)
path = os.path.abspath("sklearn-model-" + arguments)
signature = infer_signature(data, model.predict(data).astype("float64"))
mlflow.sklearn.save_model(
    model, path, signature=signature, pip_requirements=["mlflow"], serialization_format="cloudpickle"
)
table = os.path.abspath("iris-%s.parquet" % arguments)
spark.range(rows).selectExpr(*["rand(%d) * 6 AS %s" % (i, name) for i, name in enumerate(columns)]).write.parquet(table)
frame = spark.read.parquet(table)

by_python = mlflow.pyfunc.spark_udf(spark, path, result_type="double", env_manager="local")
sql_arguments = "struct(*)" if arguments == "struct" else ", ".join(columns)
sides = [
    frame.select(by_python(struct(*columns)) if arguments == "struct" else by_python(*columns)),
    frame.select(expr("mlflow_predict('%s', %s)" % (path, sql_arguments))),
]


def seconds(side):
    start = time.perf_counter()
    side.write.format("noop").mode("overwrite").save()
    return time.perf_counter() - start


for side in sides:
    seconds(side)
for i in range(pairs):
    order = [0, 1] if i % 2 == 0 else [1, 0]
    taken = {j: seconds(sides[j]) for j in order}
    print("pair", taken[0], taken[1], flush=True)
spark.stop()
