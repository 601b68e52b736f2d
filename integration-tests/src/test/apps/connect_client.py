"""A client of Spark Connect with two sessions, without a trace of MLflow: one fits a pipeline and is closed, then one is left open.

usage: connect_client.py URL TABLE, a CSV file with a header
"""

import os
import sys

from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import HashingTF, StandardScaler, Tokenizer, VectorAssembler
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession

spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
closed = spark.session_id

table = spark.read.csv(sys.argv[2], header=True, inferSchema=True)
table = table.selectExpr("*", "double(diagnosis = 'M') AS label", "concat('mass ', int(mean_radius)) AS words")
pipeline = Pipeline(
    stages=[
        Tokenizer(inputCol="words", outputCol="tokens"),
        HashingTF(inputCol="tokens", outputCol="hashed", numFeatures=8),
        VectorAssembler(inputCols=["mean_radius", "mean_texture", "hashed"], outputCol="raw"),
        StandardScaler(inputCol="raw", outputCol="features"),
        LogisticRegression(maxIter=5),
    ]
)
model = pipeline.fit(table)
evaluator = MulticlassClassificationEvaluator(metricName="accuracy")
print("accuracy", evaluator.evaluate(model.transform(table.alias("seen"))))

spark.stop()

left_open = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
ratings = left_open.range(60).selectExpr("int(id % 7) user", "int(id % 5) item", "double(id % 3) rating")
ALS(rank=2, maxIter=1).fit(ratings)
print("sessions", closed, left_open.session_id, flush=True)
# Without a goodbye to the server.
os._exit(0)
