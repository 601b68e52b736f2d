"""A client of Spark Connect with two sessions, without a trace of MLflow: one fits pipelines and is closed, then one is left open.

usage: connect_client.py URL TABLE, a CSV file with a header
"""

import os
import sys

from pyspark.ml import Pipeline
from pyspark.ml.classification import DecisionTreeClassifier, LogisticRegression
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import (
    PCA,
    Bucketizer,
    HashingTF,
    Imputer,
    OneHotEncoder,
    SQLTransformer,
    StandardScaler,
    StringIndexer,
    Tokenizer,
    VectorAssembler,
)
from pyspark.ml.recommendation import ALS
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from pyspark.sql import SparkSession

spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
closed = spark.session_id

table = spark.read.csv(sys.argv[2], header=True, inferSchema=True)
table = table.selectExpr("*", "double(diagnosis = 'M') AS label", "concat('mass ', int(mean_radius)) AS words")
regression = LogisticRegression(maxIter=5)
pipeline = Pipeline(
    stages=[
        Tokenizer(inputCol="words", outputCol="tokens"),
        HashingTF(inputCol="tokens", outputCol="hashed", numFeatures=8),
        VectorAssembler(inputCols=["mean_radius", "mean_texture", "hashed"], outputCol="raw"),
        StandardScaler(inputCol="raw", outputCol="features"),
        regression,
    ]
)
model = pipeline.fit(table)
evaluator = MulticlassClassificationEvaluator(metricName="accuracy")
print("accuracy", evaluator.evaluate(model.transform(table.alias("seen"))))

grid = ParamGridBuilder().addGrid(regression.regParam, [0.0, 0.5]).build()
CrossValidator(estimator=pipeline, estimatorParamMaps=grid, evaluator=evaluator, numFolds=2, seed=1).fit(table)

# Stages that add several columns, leave rows out, or do not say what they make.
mixed = Pipeline(
    stages=[
        StringIndexer(inputCols=["diagnosis", "words"], outputCols=["diagnosis_index", "words_index"], handleInvalid="skip"),
        Bucketizer(splits=[-float("inf"), 14, 18, float("inf")], inputCol="mean_radius", outputCol="radius_bucket"),
        OneHotEncoder(inputCols=["words_index", "radius_bucket"], outputCols=["words_hot", "radius_hot"]),
        Imputer(inputCols=["mean_texture"], outputCols=["texture"]),
        SQLTransformer(statement="SELECT *, texture * 2 AS twice FROM __THIS__"),
        VectorAssembler(inputCols=["words_hot", "radius_hot", "twice"], outputCol="raw"),
        PCA(k=2, inputCol="raw", outputCol="features"),
        DecisionTreeClassifier(labelCol="diagnosis_index", maxDepth=2),
    ]
)
mixed.fit(table)

assembled = VectorAssembler(inputCols=["mean_radius", "mean_texture"], outputCol="features").transform(table)
train, _ = assembled.randomSplit([0.8, 0.2], seed=1)
LogisticRegression(maxIter=3).fit(train)

spark.stop()

left_open = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
ratings = left_open.range(60).selectExpr("int(id % 7) user", "int(id % 5) item", "double(id % 3) rating")
ALS(rank=2, maxIter=1).fit(ratings)
print("sessions", closed, left_open.session_id, flush=True)
# Without a goodbye to the server.
os._exit(0)
