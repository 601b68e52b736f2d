"""The Python side of the two-way matrix: loads and scores what Java logged, then fits and logs every case itself.

usage: model_matrix.py TRACKING_URI CASES DATA OUT URIS...

Writes to OUT: under the name of each URIS file the predictions of its models, or why one cannot be loaded, and in
"models", "predictions" what this process fitted and logged.
"""

import importlib
import json
import os
import struct
import sys

import mlflow
from py4j.protocol import Py4JJavaError
from pyspark.errors.exceptions.captured import CapturedException
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.clustering import DistributedLDAModel
from pyspark.ml.linalg import DenseVector, SparseVector, Vectors
from pyspark.ml.tuning import ParamGridBuilder
from pyspark.sql import SparkSession
from pyspark.sql.types import ArrayType, DoubleType, FloatType

CONF = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # Spark 4 computes with vector instructions, which 3.5 must be told to do: sums differ in their last bits otherwise.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 --add-modules=jdk.incubator.vector",
}


def make(description):
    module, _, name = ("pyspark.ml." + description["class"]).rpartition(".")
    made = getattr(importlib.import_module(module), name)()
    values = description["params"]
    grid = values.get("estimatorParamMaps")
    made._set(**{key: value_of(value) for key, value in values.items() if value is not grid})
    if grid is not None:
        builder = ParamGridBuilder()
        for param, choices in grid["grid"].items():
            builder.addGrid(made.getEstimator().getParam(param), choices)
        made._set(estimatorParamMaps=builder.build())
    return made


def value_of(value):
    if isinstance(value, dict):
        if "vector" in value:
            return Vectors.dense(value["vector"])
        if "stage" in value:
            return make(value["stage"])
        return [make(stage) for stage in value["stages"]]
    return value


def fit(stages, data):
    if len(stages) > 1:
        return Pipeline(stages=stages).fit(data)
    return stages[0].fit(data) if hasattr(stages[0], "fit") else stages[0]


def text(value, data_type):
    """A value as text in which two numbers are the same only if their bits are."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(data_type, FloatType):
        return hex_of(">f", ">I", value)
    if isinstance(value, float):
        return hex_of(">d", ">Q", value)
    if isinstance(value, DenseVector):
        return "dense" + texts(value.toArray())
    if isinstance(value, SparseVector):
        return "sparse %d[%s]%s" % (value.size, ", ".join(str(i) for i in value.indices), texts(value.values))
    if isinstance(data_type, ArrayType):
        return "[" + ", ".join(text(item, data_type.elementType) for item in value) + "]"
    return str(value)


def hex_of(as_float, as_int, value):
    return "%x" % struct.unpack(as_int, struct.pack(as_float, value))[0]


def texts(values):
    return "[" + ", ".join(text(float(value), DoubleType()) for value in values) + "]"


def with_seed(model):
    """Every DistributedLDAModel draws a seed of its own when it first predicts; its local model has one as a param."""
    if isinstance(model, DistributedLDAModel):
        return model.toLocal()
    if isinstance(model, PipelineModel):
        return PipelineModel([with_seed(stage) for stage in model.stages])
    return model


def rows(model, data):
    scored = with_seed(model).transform(data).orderBy("id")
    types = [(field.name, field.dataType) for field in scored.schema.fields]
    return [{name: text(row[name], kind) for name, kind in types} for row in scored.collect()]


def scored(uri, data):
    try:
        model = mlflow.spark.load_model(uri)
    except (Py4JJavaError, CapturedException) as error:
        return str(error)
    return rows(model, data)


def main():
    tracking_uri, cases_file, data_file, out = sys.argv[1:5]
    mlflow.set_tracking_uri(tracking_uri)
    builder = SparkSession.builder.master("local[2]")
    for key, value in CONF.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    with open(cases_file, encoding="utf-8") as file:
        matrix = json.load(file)
    data = spark.read.schema(matrix["schema"]).json(data_file).coalesce(1).cache()
    answer = {}
    for uris in sys.argv[5:]:
        with open(uris, encoding="utf-8") as file:
            models = json.load(file)["models"]
        answer[os.path.basename(uris)] = {name: scored(uri, data) for name, uri in models.items()}
    answer["models"] = {}
    answer["predictions"] = {}
    for case in matrix["cases"]:
        model = fit([make(stage) for stage in case["stages"]], data)
        with mlflow.start_run():
            info = mlflow.spark.log_model(model, "model", pip_requirements=["mlflow==" + mlflow.__version__])
        answer["models"][case["name"]] = info.model_uri
        answer["predictions"][case["name"]] = rows(model, data)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(answer, file)
    print(json.dumps({"logged": len(answer["models"])}))


main()
