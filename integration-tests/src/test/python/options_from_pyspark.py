"""Saves and logs a model through the JVM's MlflowSpark with every option in the forms that Python's callers have them,
and the same model with mlflow.spark, and says what became of each.

usage: options_from_pyspark.py TRACKING_URI BUNDLE_JAR
"""

import datetime
import json
import os
import platform
import re
import sys
from decimal import Decimal

import mlflow
import pandas
import yaml
from mlflow.models import Model, infer_signature
from py4j.protocol import Py4JJavaError
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import StringIndexer, VectorAssembler
from pyspark.sql import SparkSession

CODE = {"lib/a.py": "A = 1\n", "b.py": "B = 1\n"}
ROWS = [{"age": 30, "income": 1, "city": "Rom"}, {"age": 31, "income": 1.5, "city": "Oslo"}]
EVERY_OPTION = """signature training_data training_schema signature_outputs input_example registered_model_name alias
    pip_requirements extra_pip_requirements conda_env python_version code_paths metadata await_registration_for
    logged_model run_id dfs_tmpdir""".split()


def message_of(call):
    try:
        call()
    except Py4JJavaError as error:
        return error.java_exception.getMessage()
    return "no error"


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def files_of(folder):
    """The paths of all files, without what is random in the names of part files."""
    found = []
    for directory, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(directory, name), folder)
            found.append(re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>", path))
    return sorted(found)


def contents_of(folder):
    """Everything that the small files of a model say, one value for each key path."""
    contents = {"files": [path for path in files_of(folder) if path != "registered_model_meta"]}
    for name in ["MLmodel", "conda.yaml", "python_env.yaml", "registered_model_meta"]:
        if os.path.exists(os.path.join(folder, name)):
            flatten(name, yaml.safe_load(text_of(os.path.join(folder, name))), contents)
    for name in ["input_example.json", "serving_input_example.json"]:
        if os.path.exists(os.path.join(folder, name)):
            contents[name] = json.loads(text_of(os.path.join(folder, name)))
    for name in ["requirements.txt", "code/lib/a.py", "code/b.py"]:
        if os.path.exists(os.path.join(folder, name)):
            contents[name] = text_of(os.path.join(folder, name))
    return contents


def flatten(path, value, into):
    if isinstance(value, dict) and value:
        for key in value:
            flatten(path + "/" + str(key), value[key], into)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            flatten(path + "/" + str(index), item, into)
    else:
        into[path] = value


def differences(by_python, by_jvm):
    missing = "<missing>"
    return {
        key: [by_python.get(key, missing), by_jvm.get(key, missing)]
        for key in sorted(set(by_python) | set(by_jvm))
        if by_python.get(key, missing) != by_jvm.get(key, missing)
    }


class Saved:
    """Saves one model under many names."""

    def __init__(self, jvm, model):
        self.jvm = jvm
        self.model = model._to_java()

    def says(self, name, options):
        return message_of(lambda: self.jvm.saveModel(self.model, name, options))

    def model_of(self, name, options):
        self.jvm.saveModel(self.model, name, options)
        return Model.load(name)

    def signature(self, name, value):
        return self.model_of(name, {"signature": value}).signature

    def example(self, name, value):
        loaded = self.model_of(name, {"input_example": value})
        return {
            "file": json.loads(text_of(name + "/input_example.json")),
            "inputs": [[column.name, column.type.name] for column in loaded.signature.inputs],
        }

    def requirements(self, name, options):
        self.jvm.saveModel(self.model, name, options)
        return text_of(name + "/requirements.txt").split("\n")

    def conda(self, name, value):
        self.jvm.saveModel(self.model, name, {"conda_env": value})
        return yaml.safe_load(text_of(name + "/conda.yaml"))

    def inputs(self, name, options):
        return self.model_of(name, options).signature.inputs.input_names()


def compared(saved, model, people, signature):
    """The same model in folders that Python wrote and that the JVM wrote."""
    table = people.select("age", "income", "city").limit(2).toPandas()
    python_version = platform.python_version()
    default = mlflow.spark.get_default_conda_env()
    mlflow.spark.save_model(model, "python-plain", conda_env=default)
    saved.jvm.saveModel(saved.model, "jvm-plain", {"python_version": python_version})
    requirements = ["pyspark==" + people.sparkSession.version, "numpy"]
    everything = {"metadata": {"team": "a", "limits": [1, 2.5, None]}, "code_paths": ["lib", "b.py"]}
    mlflow.spark.save_model(
        model, "python-full", signature=signature, input_example=table, pip_requirements=requirements, **everything
    )
    options = {
        "signature": signature.to_dict(),
        "input_example": table,
        "pip_requirements": requirements,
        "python_version": python_version,
    }
    saved.jvm.saveModel(saved.model, "jvm-full", {**options, **everything})
    with mlflow.start_run():
        python_info = mlflow.spark.log_model(
            model, "model", registered_model_name="by-python", signature=signature, conda_env=default
        )
    jvm_info = saved.jvm.logModel(
        saved.model,
        "model",
        {
            "signature": signature.to_dict(),
            "registered_model_name": "by-jvm",
            "python_version": python_version,
            # Python would download the logged model's files for the run's, if there were both.
            "logged_model": "run",
        },
    )
    logged = [mlflow.artifacts.download_artifacts(uri) for uri in (python_info.model_uri, jvm_info.modelUri())]
    histories = [
        json.loads(mlflow.get_run(run_id).data.tags["mlflow.log-model.history"])[0]
        for run_id in (python_info.run_id, jvm_info.runId())
    ]
    flat = [{}, {}]
    for history, into in zip(histories, flat):
        flatten("history", history, into)
    return {
        "plain": differences(contents_of("python-plain"), contents_of("jvm-plain")),
        "full": differences(contents_of("python-full"), contents_of("jvm-full")),
        "logged": differences(*[contents_of(folder) for folder in logged]),
        "history": differences(*flat),
        "keys": sorted(contents_of("jvm-full")),
    }


def main():
    tracking_uri, bundle = sys.argv[1:]
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
        .config("spark.jars", bundle)
        .config("spark.mlflow.trackingUri", tracking_uri)
        .getOrCreate()
    )
    people = spark.createDataFrame(
        [(i, 20 + i % 40, 1000.0 * (i % 7), ["Rom", "Oslo"][i % 2], float(i * i % 5 % 2)) for i in range(40)],
        "id BIGINT, age BIGINT, income DOUBLE, city STRING, label DOUBLE",
    )
    model = Pipeline(
        stages=[
            StringIndexer(inputCol="city", outputCol="cityIndex"),
            VectorAssembler(inputCols=["age", "income", "cityIndex"], outputCol="features"),
            LogisticRegression(maxIter=2),
        ]
    ).fit(people)
    for path, content in {
        **CODE,
        "requirements-own.txt": "numpy  # for arrays\npandas>=1\n",
        "own.yaml": "name: own\ndependencies:\n- python=3.11.7\n- pip\n- pip:\n  - numpy\n",
    }.items():
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    signature = infer_signature(people.select("age", "income", "city"), model.transform(people).select("prediction"))
    frame = pandas.DataFrame(ROWS)
    jvm = spark._jvm.io.sparkmlflow.MlflowSpark
    saved = Saved(jvm, model)
    odd = {
        "day": datetime.date(2026, 2, 1),
        "at": datetime.datetime(2026, 2, 1, 8, 30),
        "bytes": b"abc",
        "price": Decimal("1.50"),
        "missing": None,
    }
    metadata = {"b": None, "c": (1.5, True), "d": {"e": "x"}, "big": 2**40}

    signatures = {
        "to_dict": saved.signature("signature-dict", signature.to_dict()),
        "json": saved.signature("signature-json", json.dumps(signature.to_dict())),
        "columns": saved.signature(
            "signature-columns", {"inputs": signature.inputs.to_dict(), "outputs": signature.outputs.to_dict()}
        ),
    }
    examples = {
        "records": saved.example("example-records", ROWS),
        "split": saved.example("example-split", frame.to_dict("split")),
        "tight": saved.example("example-tight", frame.to_dict("tight")),
        "json": saved.example("example-json", frame.to_json(orient="split")),
        "pandas": saved.example("example-pandas", frame),
        "pandas dict": saved.example("example-pandas-dict", frame.to_dict()),
        "dict": saved.example("example-dict", ROWS[0]),
        "rows of Spark": saved.example("example-rows", [row.asDict() for row in people.limit(2).collect()]),
        "odd": saved.example("example-odd", {**ROWS[0], **odd}),
    }
    pyfunc = mlflow.pyfunc.load_model("example-records")
    loaded = Model.load("example-records")
    none = dict.fromkeys(EVERY_OPTION)
    info = jvm.logModel(
        saved.model,
        "registered",
        {**none, "registered_model_name": "churn", "alias": "champion", "await_registration_for": 20},
    )
    version = mlflow.MlflowClient().get_model_version_by_alias("churn", "champion")
    answer = {
        "signatures": {name: one.to_dict() == signature.to_dict() for name, one in signatures.items()},
        "no_signature": saved.signature("signature-none", False) is None,
        "examples": examples,
        "pyfunc_on_example": len(pyfunc.predict(loaded.load_input_example("example-records"))),
        "pyfunc_on_frame": len(pyfunc.predict(frame)),
        "conda_dict": saved.conda("conda-dict", mlflow.spark.get_default_conda_env()),
        "conda_file": saved.conda("conda-file", "own.yaml"),
        "requirements": {
            "list": saved.requirements("pip-list", {"pip_requirements": ["numpy", "pandas>=1"]}),
            "tuple": saved.requirements("pip-tuple", {"pip_requirements": ("numpy",)}),
            "file": saved.requirements("pip-file", {"pip_requirements": "requirements-own.txt"}),
            "extra list": saved.requirements("extra-list", {"extra_pip_requirements": ["numpy"]}),
            "extra file": saved.requirements("extra-file", {"extra_pip_requirements": "requirements-own.txt"}),
        },
        "code": saved.model_of("code", {"code_paths": ["lib", "b.py"]}).flavors["spark"]["code"],
        "code_files": files_of("code/code"),
        "metadata": saved.model_of("metadata", {"metadata": metadata}).metadata,
        "inputs": {
            "json": saved.inputs("schema-json", {"training_schema": people.schema.json()}),
            "simple string": saved.inputs("schema-simple", {"training_schema": people.schema.simpleString()}),
            "dictionary": saved.inputs("schema-dict", {"training_schema": people.schema.jsonValue()}),
            "of the JVM": saved.inputs("schema-java", {"training_schema": people._jdf.schema()}),
            "frame": saved.inputs("schema-frame", {"training_data": people._jdf}),
        },
        "nothing": {
            "all none": saved.says("all-none", none),
            "none": saved.says("none", None),
            "empty": saved.says("empty", {}),
            "logged": jvm.logModel(saved.model, "nothing", None).modelUri().startswith("runs:/"),
        },
        "alias": [version.name, str(version.version), version.status, info.version().status()],
        "refused": {
            "options": {
                name: saved.says("refused", options)
                for name, options in {
                    "key": {5: "x"},
                    "signature": {"signature": True},
                    "example": {"input_example": [1.5]},
                    "metadata": {"metadata": {"at": datetime.date(2026, 2, 1)}},
                    "requirement": {"pip_requirements": ["numpy", None]},
                    "seconds": {"await_registration_for": 1.5},
                    "conda": {"conda_env": "nowhere.yaml"},
                    "code": {"code_paths": ["nowhere"]},
                    "schema": {"training_schema": "age OF INT"},
                    "frame": {"training_data": "people"},
                }.items()
            },
            "path": message_of(lambda: jvm.saveModel(saved.model, None, {})),
            "model": message_of(lambda: jvm.saveModel(None, "refused", {})),
            "uri": message_of(lambda: jvm.loadModel(None)),
            "left": os.path.exists("refused"),
        },
        "same": PipelineModel._from_java(jvm.loadModel("models:/churn@champion")).transform(people).collect()
        == model.transform(people).collect(),
        "compared": compared(saved, model, people, signature),
    }
    print(json.dumps(answer))


main()
