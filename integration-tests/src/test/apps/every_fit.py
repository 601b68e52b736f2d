"""Fits and evaluates in every way that PySpark has, without a trace of MLflow.

usage: every_fit.py TABLE, a CSV file with a header
"""

import sys

from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression, OneVsRest
from pyspark.ml.clustering import KMeans
from pyspark.ml.evaluation import (
    BinaryClassificationEvaluator,
    MulticlassClassificationEvaluator,
    RegressionEvaluator,
)
from pyspark.ml.feature import (
    Bucketizer,
    SQLTransformer,
    StandardScaler,
    StringIndexer,
    VectorAssembler,
)
from pyspark.ml.regression import LinearRegression
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder, TrainValidationSplit
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("every-fit").getOrCreate()
table = spark.read.csv(sys.argv[1], header=True, inferSchema=True)
table = table.selectExpr("*", "double(diagnosis = 'M') AS label")
assembler = VectorAssembler(inputCols=["mean_radius", "mean_texture"], outputCol="features")
data = assembler.transform(table)

model = LogisticRegression(maxIter=5).fit(data)
predictions = model.transform(data.alias("seen"))
evaluator = MulticlassClassificationEvaluator(metricName="accuracy")
print("accuracy", evaluator.evaluate(predictions))
evaluator.evaluate(predictions)

pipeline_model = Pipeline(stages=[assembler, LogisticRegression(maxIter=4)]).fit(table)
BinaryClassificationEvaluator().evaluate(pipeline_model.transform(table))
KMeans(k=3, seed=1).fit(data)

whole = Pipeline(
    stages=[
        SQLTransformer(statement="SELECT *, mean_radius * mean_radius AS square FROM __THIS__"),
        StringIndexer(inputCol="diagnosis", outputCol="index"),
        Bucketizer(inputCol="mean_texture", outputCol="bucket", splits=[0.0, 15.0, 20.0, 100.0]),
        VectorAssembler(inputCols=["mean_radius", "square", "bucket"], outputCol="raw"),
        StandardScaler(inputCol="raw", outputCol="features"),
        LogisticRegression(maxIter=6, labelCol="index"),
    ]
).fit(table)
print("whole", whole.transform(table).selectExpr("sum(prediction)").first()[0])

regression = LogisticRegression(maxIter=3)
grid = ParamGridBuilder().addGrid(regression.regParam, [0.01, 5.0]).addGrid(regression.elasticNetParam, [0.0, 0.5])
search = CrossValidator(
    estimator=Pipeline(stages=[assembler, regression]),
    estimatorParamMaps=grid.build(),
    evaluator=MulticlassClassificationEvaluator(metricName="accuracy"),
    numFolds=2,
    parallelism=2,
    seed=1,
)
found = search.fit(table)
print("avg_accuracy", *map(float, found.avgMetrics))
print("std_accuracy", *map(float, found.stdMetrics))

classifier = LogisticRegression(maxIter=2)
found = CrossValidator(
    estimator=OneVsRest(classifier=classifier),
    estimatorParamMaps=ParamGridBuilder().addGrid(classifier.regParam, [0.01, 5.0]).build(),
    evaluator=MulticlassClassificationEvaluator(metricName="accuracy"),
    numFolds=2,
    seed=1,
).fit(data)
print("one_vs_rest", *map(float, found.avgMetrics))

linear = LinearRegression(maxIter=3, labelCol="mean_area")
TrainValidationSplit(
    estimator=linear,
    estimatorParamMaps=ParamGridBuilder().addGrid(linear.regParam, [0.0, 1000.0]).build(),
    evaluator=RegressionEvaluator(labelCol="mean_area"),
    seed=1,
).fit(data)

try:
    LogisticRegression(maxIter=77, labelCol="no_such_column").fit(data)
except Exception as expected:
    print("failed", "no_such_column" in str(expected))
spark.stop()
