"""Logs and registers models that are not Spark's, of python_function and of onnx, and prints what mlflow.pyfunc predicts with each for a CSV file.

usage: log_python_models.py TRACKING_URI TRAIN_CSV HOLDOUT_CSV
"""

import json
import os
import sys
import sysconfig
import zipfile

import mlflow
import pandas
import sklearn
from mlflow.models import infer_signature
from mlflow.types import ParamSchema, ParamSpec
from mlflow.types.schema import ColSpec, Schema
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

COLUMNS = ["mean_radius", "mean_texture", "mean_smoothness"]
REQUIREMENTS = ["mlflow==" + mlflow.__version__, "scikit-learn==" + sklearn.__version__]


class Grader(mlflow.pyfunc.PythonModel):
    """Gives two columns, which follow its params."""

    def predict(self, context, model_input, params=None):
        score = model_input["mean_radius"] / 10 + model_input["mean_area"]
        high = score * params["factor"] > params["limits"][0]
        return pandas.DataFrame({"score": score * params["factor"], "grade": high.map({True: params["name"], False: "low"})})


class Multiplied(mlflow.pyfunc.PythonModel):
    """Needs a package that only its own environment has."""

    def predict(self, context, model_input, params=None):
        import spark_mlflow_factor

        return model_input["mean_radius"] * spark_mlflow_factor.FACTOR


def wheel(name, version, file, content):
    """Makes a package of one file, where pip looks for packages."""
    module = name.replace("-", "_")
    info = "%s-%s.dist-info/" % (module, version)
    files = {
        file: content,
        info + "METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version),
        info + "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[info + "RECORD"] = "".join("%s,,\n" % path for path in [*files, info + "RECORD"])
    os.makedirs("wheels", exist_ok=True)
    with zipfile.ZipFile("wheels/%s-%s-py3-none-any.whl" % (module, version), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


def log_models_of_other_environments():
    """Logs a model whose environment can be made of the folder wheels, and one whose environment can't.

    MLflow, pandas and PyArrow come as links to those that are here: unpacking them takes a minute.
    """
    wheel("spark-mlflow-factor", "2.0", "spark_mlflow_factor.py", "FACTOR = 3\n")
    wheel("mlflow", mlflow.__version__, "here.pth", sysconfig.get_path("purelib") + "\n")
    wheel("pandas", pandas.__version__, "pandas-here.pth", "\n")
    wheel("pyarrow", "1.0", "pyarrow-here.pth", "\n")
    for name, version in (("multiplied", "2.0"), ("impossible", "9.0")):
        logged = mlflow.pyfunc.log_model(
            name=name,
            python_model=Multiplied(),
            signature=mlflow.models.ModelSignature(
                inputs=Schema([ColSpec("double", "mean_radius")]), outputs=Schema([ColSpec("double")])
            ),
            pip_requirements=["mlflow==" + mlflow.__version__, "spark-mlflow-factor==" + version],
        )
        register(name, logged)


def register(name, model):
    version = mlflow.register_model(model.model_uri, name)
    mlflow.MlflowClient().set_registered_model_alias(name, "champion", version.version)


def two_inputs():
    """Returns a graph of two tensors, which are columns of a table to MLflow."""
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None]) for name in ("mean_radius", "mean_texture")]
    output = helper.make_tensor_value_info("total", TensorProto.FLOAT, [None])
    graph = helper.make_graph([helper.make_node("Add", ["mean_radius", "mean_texture"], ["total"])], "sum", inputs, [output])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def log_onnx(train, malignant):
    """Logs a classifier with two outputs, a regression over named columns, and a graph with two inputs."""
    table = train[COLUMNS].astype("float32")
    classifier = LogisticRegression(max_iter=1000).fit(table.to_numpy(), malignant)
    regression = LinearRegression().fit(table.to_numpy(), train["mean_area"])
    rows = table.to_numpy()[:1]
    models = {
        "classifier": (to_onnx(classifier, rows, options={"zipmap": False}, target_opset=15), infer_signature(rows)),
        "regression": (to_onnx(regression, rows, target_opset=15), infer_signature(table)),
        "total": (two_inputs(), infer_signature(table[["mean_radius", "mean_texture"]])),
    }
    for name, (model, signature) in models.items():
        logged = mlflow.onnx.log_model(
            model,
            name=name,
            signature=signature,
            pip_requirements=REQUIREMENTS,
            # As in Spark's tasks.
            onnx_session_options={"intra_op_num_threads": 1, "inter_op_num_threads": 1},
        )
        register(name, logged)


def onnx_predictions(holdout):
    table = holdout[COLUMNS].astype("float32")
    classified = mlflow.pyfunc.load_model("models:/classifier@champion").predict(table.to_numpy())
    return {
        "label": classified["label"].tolist(),
        "probabilities": classified["probabilities"].tolist(),
        "regression": mlflow.pyfunc.load_model("models:/regression@champion").predict(table)["variable"].tolist(),
        "total": mlflow.pyfunc.load_model("models:/total@champion")
        .predict(table[["mean_radius", "mean_texture"]])["total"]
        .tolist(),
    }


def main():
    tracking_uri, train_csv, holdout_csv = sys.argv[1:]
    mlflow.set_tracking_uri(tracking_uri)
    train, holdout = pandas.read_csv(train_csv), pandas.read_csv(holdout_csv)
    malignant = (train["diagnosis"] == "M").astype("int64")
    forest = RandomForestClassifier(n_estimators=20, random_state=7).fit(train[COLUMNS], malignant)
    line = LinearRegression().fit(train[COLUMNS].to_numpy(), train["mean_area"].to_numpy())
    with mlflow.start_run():
        logged = mlflow.sklearn.log_model(
            forest,
            name="forest",
            signature=infer_signature(train[COLUMNS], forest.predict(train[COLUMNS])),
            # A version that nobody has: the driver has to say so.
            pip_requirements=["mlflow==" + mlflow.__version__, "scikit-learn==0.24.1"],
            serialization_format="cloudpickle",
        )
        register("forest", logged)
        register(
            "line",
            mlflow.sklearn.log_model(
                line,
                name="line",
                signature=infer_signature(train[COLUMNS].to_numpy(), line.predict(train[COLUMNS].to_numpy())),
                pip_requirements=REQUIREMENTS,
                serialization_format="cloudpickle",
            ),
        )
        register(
            "unsigned",
            mlflow.sklearn.log_model(
                forest, name="unsigned", pip_requirements=REQUIREMENTS, serialization_format="cloudpickle"
            ),
        )
        register(
            "grader",
            mlflow.pyfunc.log_model(
                name="grader",
                python_model=Grader(),
                signature=mlflow.models.ModelSignature(
                    inputs=Schema([ColSpec("double", "mean_radius"), ColSpec("double", "mean_area")]),
                    outputs=Schema([ColSpec("double", "score"), ColSpec("string", "grade")]),
                    params=ParamSchema(
                        [
                            ParamSpec("factor", "double", 1.0),
                            ParamSpec("name", "string", "high"),
                            ParamSpec("limits", "double", [500.0], (-1,)),
                        ]
                    ),
                ),
                pip_requirements=REQUIREMENTS,
            ),
        )
        log_onnx(train, malignant)
        log_models_of_other_environments()
    grader = mlflow.pyfunc.load_model("models:/grader@champion")
    print(
        json.dumps(
            {
                "forest": mlflow.pyfunc.load_model("models:/forest@champion").predict(holdout[COLUMNS]).tolist(),
                "line": mlflow.pyfunc.load_model("models:/line@champion").predict(holdout[COLUMNS].to_numpy()).tolist(),
                "grader": grader.predict(holdout).to_dict("split")["data"],
                "grader with params": grader.predict(
                    holdout, params={"factor": 0.5, "name": "top", "limits": [400.0]}
                ).to_dict("split")["data"],
                "multiplied": sorted((holdout["mean_radius"] * 3).tolist()),
                **onnx_predictions(holdout),
            }
        )
    )


main()
