"""Streaming queries: one that counts in windows and is started again, one that fits a model in each micro-batch, one that fails, one
that still runs when the application ends.

usage: streaming.py FOLDER, an empty one
"""

import json
import sys
import time
from pathlib import Path

from pyspark.ml.evaluation import RegressionEvaluator
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession
from pyspark.sql.functions import window

spark = SparkSession.builder.appName("streaming").getOrCreate()
folder = Path(sys.argv[1])


def write(name, file, rows):
    (folder / name).mkdir(exist_ok=True)
    (folder / name / f"{file}.json").write_text("".join(json.dumps(row) + "\n" for row in rows))


def read(name, schema):
    return spark.readStream.schema(schema).option("maxFilesPerTrigger", 1).json(str(folder / name))


def rate(expression):
    rows = spark.readStream.format("rate").option("rowsPerSecond", 20).load()
    return rows.selectExpr(expression + " as x").writeStream.format("noop")


def count(file):
    write("events", file, [{"at": f"2026-01-01T1{file}:00:00Z", "x": 1}] * file)
    query = (
        read("events", "at timestamp, x double")
        .withWatermark("at", "10 minutes")
        .groupBy(window("at", "5 minutes"))
        .count()
        .writeStream.queryName("counts")
        .format("parquet")
        .option("checkpointLocation", str(folder / "checkpoint"))
        .trigger(availableNow=True)
        .start(str(folder / "counts"))
    )
    query.awaitTermination()
    print("counted", sum(progress["numInputRows"] for progress in query.recentProgress))


def learn(batch, batch_id):
    features = VectorAssembler(inputCols=["x"], outputCol="features").transform(batch)
    model = LinearRegression(labelCol="y", maxIter=2).fit(features)
    RegressionEvaluator(labelCol="y").evaluate(model.transform(features.alias("batch")))
    batch.write.mode("append").parquet(str(folder / "learned"))


count(1)
count(2)

for slope in 1, 2:
    write("numbers", slope, [{"x": x, "y": slope * x + x % 3} for x in range(20)])
learning = read("numbers", "x double, y double").writeStream.queryName("learning").trigger(availableNow=True)
learning.foreachBatch(learn).start().awaitTermination()

try:
    rate("raise_error('meant to fail')").queryName("failing").start().awaitTermination()
except Exception as expected:
    print("failed", "meant to fail" in str(expected))

endless = rate("value").queryName("endless").start()
while len(endless.recentProgress) < 2:
    time.sleep(0.02)
spark.stop()
