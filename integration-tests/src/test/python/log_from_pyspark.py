"""Logs a model through the JVM's MlflowSpark from PySpark, and finds out what the real MLflow makes of it.

usage: log_from_pyspark.py TRACKING_URI CLASS_PATH
"""

import importlib
import json
import os
import sys
from decimal import Decimal

import mlflow
import pandas
import pyspark.ml.connect as connect
from mlflow.models import Model
from mlflow.models.utils import _enforce_schema
from py4j.protocol import Py4JJavaError
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.connect.feature import StandardScaler
from pyspark.ml.feature import SQLTransformer, StringIndexer, VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import SparkSession


def message_of(call):
    try:
        call()
    except Exception as error:
        return str(error)
    return None


def predictions(frame):
    return [row.prediction for row in frame.select("prediction").collect()]


def enforced(spark, jvm):
    """Says what Python lets through, and what not, for a signature of nested and odd types that the JVM inferred."""
    orders = spark.createDataFrame(
        [
            (Decimal(i), {"street": "s", "number": i}, ["x"] * (i % 3), {"a": i % 5}, 2.0 * i)
            for i in range(12)
        ],
        "price DECIMAL(10, 2), address STRUCT<street: STRING, number: BIGINT NOT NULL>, tags ARRAY<STRING>,"
        " counts MAP<STRING, BIGINT>, label DOUBLE",
    )
    sizes = (
        "SELECT *, CAST(price AS DOUBLE) AS p, length(address.street) + address.number AS a, size(tags) AS t,"
        " coalesce(counts['a'], 0) AS c FROM __THIS__"
    )
    model = Pipeline(
        stages=[
            SQLTransformer(statement=sizes),
            VectorAssembler(inputCols=["p", "a", "t", "c"], outputCol="features"),
            LinearRegression(maxIter=2, regParam=0.1),
        ]
    ).fit(orders)
    jvm.saveModel(model._to_java(), "orders", {"training_data": orders._jdf})
    inferred = Model.load("orders").signature
    optional = inferred.to_dict()
    columns = json.loads(optional["inputs"])
    optional["inputs"] = json.dumps(columns + [{"name": "note", "type": "string", "required": False}])
    jvm.saveModel(model._to_java(), "orders-with-note", {"signature": optional})
    given = Model.load("orders-with-note").signature
    good = {"price": 1.5, "address": {"street": "s", "number": 1}, "tags": ["x"], "counts": {"a": 1}}

    def answer(signature, row):
        return message_of(lambda: _enforce_schema(pandas.DataFrame([row]), signature.inputs)) or "taken"

    changes = {
        "nothing": {},
        "decimal": {"price": Decimal("1.5")},
        "text as price": {"price": "a"},
        "no nullable field": {"address": {"number": 1}},
        "no field": {"address": {"street": "s"}},
        "text as field": {"address": {"street": "s", "number": "1"}},
        "unknown field": {"address": {"street": "s", "number": 1, "zip": 1}},
        "numbers as tags": {"tags": [1]},
        "text as tags": {"tags": "x"},
        "texts as counts": {"counts": {"a": "x"}},
        "list as counts": {"counts": [1]},
    }
    answers = {name: answer(inferred, {**good, **change}) for name, change in changes.items()}
    answers["no column"] = answer(inferred, {key: good[key] for key in good if key != "tags"})
    answers["no optional column"] = answer(given, good)
    answers["optional column"] = answer(given, {**good, "note": "n"})
    answers["number as optional column"] = answer(given, {**good, "note": 1})
    return {"inputs": columns, "answers": answers}


def message_of_connect(spark, jvm):
    """What the JVM says of a model of Spark Connect's ML; this one needs no PyTorch."""
    points = spark.createDataFrame([([1.0, 2.0],), ([3.0, 5.0],)], ["features"])
    model = connect.Pipeline(stages=[StandardScaler(inputCol="features", outputCol="scaled")]).fit(points)
    mlflow.spark.save_model(model, "connect", pip_requirements=["mlflow==" + mlflow.__version__])
    return message_of(lambda: jvm.loadModel(os.path.abspath("connect")))


def loaded_by_jvm(jvm, model, people, info):
    """Loads the registered model in the JVM by every kind of URI, and a model that is a folder in what is registered."""
    client = mlflow.MlflowClient()
    client.transition_model_version_stage("from-pyspark", "1", "Production")
    jvm.saveModel(model._to_java(), "outer/inner", {})
    with mlflow.start_run() as run:
        mlflow.log_artifacts("outer", "outer")
    client.create_registered_model("nested")
    outer = f"runs:/{run.info.run_id}/outer"
    client.create_model_version("nested", client.get_run(run.info.run_id).info.artifact_uri + "/outer", run.info.run_id)
    client.set_registered_model_alias("nested", "chosen", "1")
    client.transition_model_version_stage("nested", "1", "Staging")
    expected = predictions(model.transform(people))

    def answer(uri):
        try:
            loaded = PipelineModel._from_java(jvm.loadModel(uri))
        except Py4JJavaError as error:
            return error.java_exception.getMessage()
        return "same" if predictions(loaded.transform(people)) == expected else "other predictions"

    uris = {
        "version": "models:/from-pyspark/1",
        "stage": "models:/from-pyspark/Production",
        "stage in small letters": "models:/from-pyspark/production",
        "latest": "models:/from-pyspark/latest",
        "alias": "models:/from-pyspark@champion",
        "logged model": "models:/" + info.modelId(),
        "run": info.modelUri(),
        "path of a version": "models:/nested/1/inner",
        "path of a stage": "models:/nested/Staging/inner",
        "path of the latest": "models:/nested/latest/inner",
        "path of an alias": "models:/nested@chosen/inner",
        "path of a run": outer + "/inner",
        "path on the server": client.get_run(run.info.run_id).info.artifact_uri + "/outer/inner",
        "no such stage": "models:/from-pyspark/Staging",
        "no such alias": "models:/from-pyspark@nobody",
        "no such version": "models:/from-pyspark/7",
        "no such model": "models:/nobody/latest",
        "no such logged model": "models:/m-" + "0" * 32,
        "no such path": "models:/nested/1/other",
        "not a model": "models:/nested/1",
    }
    return {name: answer(uri) for name, uri in uris.items()}


def main():
    tracking_uri, class_path = sys.argv[1:]
    mlflow.set_tracking_uri(tracking_uri)
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.default.parallelism", "1")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
        .config("spark.driver.extraClassPath", class_path)
        .config("spark.mlflow.trackingUri", tracking_uri)
        .getOrCreate()
    )
    people = spark.createDataFrame(
        [(i, 20 + i % 40, 1000.0 * (i % 7), ["Rom", "Oslo"][i % 2], ["no", "yes"][i * i % 5 % 2]) for i in range(60)],
        "id BIGINT, age INT, income DOUBLE, city STRING, churned STRING",
    )
    model = Pipeline(
        stages=[
            StringIndexer(inputCol="churned", outputCol="label"),
            StringIndexer(inputCol="city", outputCol="cityIndex"),
            VectorAssembler(inputCols=["age", "income", "cityIndex"], outputCol="features"),
            LogisticRegression(maxIter=3),
        ]
    ).fit(people)
    expected = predictions(model.transform(people))
    os.makedirs("own_code", exist_ok=True)
    with open("own_code/own_helper.py", "w") as file:
        file.write("ANSWER = 42\n")

    jvm = spark._jvm.io.sparkmlflow.MlflowSpark
    info = jvm.logModel(
        model._to_java(),
        "model",
        {
            "training_data": people._jdf,
            "input_example": people._jdf,
            "registered_model_name": "from-pyspark",
            "alias": "champion",
            "metadata": {"team": "a", "limits": [1, 2]},
            "code_paths": ["own_code/own_helper.py"],
            "extra_pip_requirements": ["numpy"],
            "await_registration_for": 20,
        },
    )
    uri = info.modelUri()
    same = {}
    for other in [uri, "models:/" + info.modelId(), "models:/from-pyspark/1", "models:/from-pyspark@champion"]:
        same[other.split(":")[0] + str(len(same))] = (
            predictions(mlflow.spark.load_model(other).transform(people)) == expected
        )
    with mlflow.start_run():
        by_python = mlflow.spark.log_model(model, "by-python", pip_requirements=["mlflow==" + mlflow.__version__])
    loaded_by_java = PipelineModel._from_java(jvm.loadModel(by_python.model_uri))
    same["java"] = predictions(loaded_by_java.transform(people)) == expected

    pyfunc = mlflow.pyfunc.load_model("models:/from-pyspark@champion")
    table = people.toPandas()
    folder = mlflow.artifacts.download_artifacts("models:/from-pyspark/1")
    loaded = Model.load(folder)
    run = mlflow.get_run(info.runId())
    print(
        json.dumps(
            {
                "run_id": info.runId(),
                "model_id": info.modelId(),
                "same": same,
                "pyfunc": [float(value) for value in pyfunc.predict(table)] == expected,
                "pyfunc_on_example": len(pyfunc.predict(loaded.load_input_example(folder))),
                "serving_example": mlflow.models.validate_serving_input(
                    folder, loaded.get_serving_input(folder)
                ).__len__(),
                "missing_column": message_of(lambda: pyfunc.predict(table.drop(columns=["age"]))),
                "wrong_type": message_of(lambda: pyfunc.predict(table.assign(age=1.5))),
                "inputs": loaded.signature.inputs.to_dict(),
                "outputs": loaded.signature.outputs.to_dict(),
                "metadata": loaded.metadata,
                "requirements": open(os.path.join(folder, "requirements.txt")).read().splitlines(),
                "registered_model_meta": open(os.path.join(folder, "registered_model_meta")).read(),
                "code": importlib.import_module("own_helper").ANSWER,
                "status": run.info.status,
                "history": json.loads(run.data.tags["mlflow.log-model.history"]),
                "dependencies": mlflow.pyfunc.get_model_dependencies("models:/from-pyspark/1") is not None,
                "enforced": enforced(spark, jvm),
                "loaded": loaded_by_jvm(jvm, model, people, info),
                "connect": message_of_connect(spark, jvm),
                "unknown_option": message_of(lambda: jvm.logModel(model._to_java(), "m", {"nam": "x"})),
            }
        )
    )


main()
