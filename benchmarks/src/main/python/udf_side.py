"""Python's spark_udf beside PythonUdfBenchmark.java: scores a table with a saved model and prints what each run took.

usage: udf_side.py MODEL PARQUET COLUMNS RUNS   columns with commas between them
"""

import sys
import time

import mlflow
from pyspark.sql import SparkSession

model, table, columns, runs = sys.argv[1], sys.argv[2], sys.argv[3].split(","), int(sys.argv[4])
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
predict = mlflow.pyfunc.spark_udf(spark, model, result_type="double", env_manager="local")
rows = spark.read.parquet(table)
for _ in range(runs):
    start = time.perf_counter()
    rows.select(predict(*columns)).write.format("noop").mode("overwrite").save()
    print("seconds", time.perf_counter() - start, flush=True)
spark.stop()
