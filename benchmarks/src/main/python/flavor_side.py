"""Python's mlflow.spark beside SparkSide.java: fits the pipeline, then logs it for each line that it reads.

usage: flavor_side.py iris               writes iris.csv
       flavor_side.py log TRACKING_URI   reads "default" or "given" and answers with seconds, until the input ends
"""

import sys
import time


def write_iris():
    from sklearn.datasets import load_iris

    iris = load_iris()
    with open("iris.csv", "w") as file:
        file.write("sepal_length,sepal_width,petal_length,petal_width,label\n")
        for values, label in zip(iris.data, iris.target):
            file.write(",".join(map(str, [*values, float(label)])) + "\n")


def log(tracking_uri):
    import mlflow
    from pyspark.ml import Pipeline
    from pyspark.ml.classification import LogisticRegression
    from pyspark.ml.feature import VectorAssembler
    from pyspark.sql import SparkSession

    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_experiment("flavor-benchmark-python")
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    iris = spark.read.csv("iris.csv", header=True, inferSchema=True).cache()
    columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    model = Pipeline(
        stages=[VectorAssembler(inputCols=columns, outputCol="features"), LogisticRegression(maxIter=20)]
    ).fit(iris)
    requirements = {"default": None, "given": ["mlflow==" + mlflow.__version__, "pyspark==" + spark.version]}
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        with mlflow.start_run():
            mlflow.spark.log_model(model, "model", pip_requirements=requirements[line.strip()])
        print(time.perf_counter() - start, flush=True)


if sys.argv[1] == "iris":
    write_iris()
else:
    log(sys.argv[2])
