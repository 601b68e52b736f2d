"""Everything that is tracked, once, without a trace of MLflow. Ends without a stop().

usage: every_spark.py NAME TABLE FOLDER [delta], a CSV file with a header and an empty folder
"""

import json
import sys
from pathlib import Path

from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression, OneVsRest
from pyspark.ml.clustering import KMeans
from pyspark.ml.evaluation import (
    BinaryClassificationEvaluator,
    ClusteringEvaluator,
    MulticlassClassificationEvaluator,
    RegressionEvaluator,
)
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.ml.recommendation import ALS
from pyspark.ml.regression import LinearRegression
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder, TrainValidationSplit
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName(sys.argv[1]).getOrCreate()
folder = Path(sys.argv[3])

try:
    spark.range(1).selectExpr("raise_error('meant to fail')").collect()
except Exception as expected:
    print("job failed", "meant to fail" in str(expected))

table = spark.read.csv(sys.argv[2], header=True, inferSchema=True)
table = table.selectExpr("*", "double(diagnosis = 'M') AS label")
assembler = VectorAssembler(inputCols=["mean_radius", "mean_texture"], outputCol="features")
data = assembler.transform(table)

Pipeline(stages=[assembler, LogisticRegression(maxIter=5)]).fit(table)
scaler = StandardScaler(inputCol="features", outputCol="scaled", withMean=True)
inner = Pipeline(stages=[scaler, LogisticRegression(maxIter=7, featuresCol="scaled")])
Pipeline(stages=[assembler, inner]).fit(table)

model = LogisticRegression(maxIter=6).fit(data)
evaluator = MulticlassClassificationEvaluator(metricName="accuracy")
print("accuracy", evaluator.evaluate(model.transform(data.alias("seen"))))
clusters = KMeans(k=3, seed=1).fit(data)
print("silhouette", ClusteringEvaluator().evaluate(clusters.transform(data.alias("seen"))))
OneVsRest(classifier=LogisticRegression(maxIter=2)).fit(data)
try:
    # Three thresholds for two classes.
    LogisticRegression(maxIter=77, thresholds=[0.3, 0.3, 0.4]).fit(data)
except Exception:
    print("fit failed")

regression = LogisticRegression(maxIter=3)
search = CrossValidator(
    estimator=regression,
    estimatorParamMaps=ParamGridBuilder().addGrid(regression.regParam, [0.01, 5.0]).build(),
    evaluator=BinaryClassificationEvaluator(),
    numFolds=2,
    parallelism=4,
    seed=1,
)
print("avg", *map(float, search.fit(data).avgMetrics))
linear = LinearRegression(maxIter=3, labelCol="mean_area")
split = TrainValidationSplit(
    estimator=linear,
    estimatorParamMaps=ParamGridBuilder().addGrid(linear.regParam, [0.0, 1000.0]).build(),
    evaluator=RegressionEvaluator(labelCol="mean_area"),
    seed=1,
)
print("validation", *map(float, split.fit(data).validationMetrics))

ratings = spark.range(0, 60, 1, 1).selectExpr(
    "int(id % 6) AS user", "int(id % 10) AS item", "float(id * 7 % 5) AS rating"
)
ALS(rank=2, maxIter=2, numUserBlocks=1, numItemBlocks=1, seed=1).fit(ratings)

(folder / "lines").mkdir()
(folder / "lines" / "0.json").write_text("".join(json.dumps({"x": x}) + "\n" for x in (1, 2, 3)))
lines = spark.readStream.schema("x double").json(str(folder / "lines"))
copy = lines.writeStream.queryName("copy").format("parquet").option("checkpointLocation", str(folder / "checkpoint"))
copy.trigger(availableNow=True).start(str(folder / "copied")).awaitTermination()

if len(sys.argv) > 4:
    spark.range(5).write.format("delta").save(str(folder / "table"))
    print("rows", spark.read.format("delta").load(str(folder / "table")).count())
