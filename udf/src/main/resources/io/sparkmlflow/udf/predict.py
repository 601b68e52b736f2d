"""Runs an MLflow model in a Python worker of Spark.

io.sparkmlflow.udf.PythonCommand sends this text with the function, so a worker needs Spark's Python and MLflow alone.
What is kept between two tasks lies in a module of its own, because each task runs this text anew.
"""

import collections
import contextlib
import gc
import io
import json
import os
import shutil
import sys
import types
import zipfile
import zipimport

import numpy
import pandas

KEPT = "_io_sparkmlflow_kept"


def kept_models():
    """Returns the models of this process by their keys, with their bytes, the one that was used last at the end."""
    module = sys.modules.get(KEPT)
    if module is None:
        module = types.ModuleType(KEPT)
        module.models = collections.OrderedDict()
        sys.modules[KEPT] = module
    return module.models


def load(config):
    models = kept_models()
    key = config["key"]
    if key in models:
        models.move_to_end(key)
        return models[key][0]
    try:
        import mlflow.pyfunc
    except ImportError as e:
        raise RuntimeError(
            "The model %s needs MLflow in the Python of Spark's workers, %s (%s): install it there, or name another Python"
            " in spark.pyspark.python" % (config["uri"], sys.executable, e)
        ) from e
    folder = config["folder"] or unpacked(config)
    try:
        # What the environment lacks was said once, by the driver.
        model = mlflow.pyfunc.load_model(folder, suppress_warnings=True)
    except Exception as e:
        raise RuntimeError(
            "The model %s can't be loaded by %s: %s: %s" % (config["uri"], sys.executable, type(e).__name__, e)
        ) from e
    keep(models, config, model)
    return model


def keep(models, config, model):
    """Adds a model, and lets those go that were used least lately until the others fit.

    PySpark's daemon collects garbage after each task, which takes more than a tenth of a second in a process with MLflow in it: what
    stays anyway is taken out of the collector's sight.
    """
    gc.unfreeze()
    models[config["key"]] = (model, config["bytes"])
    while len(models) > 1 and sum(size for _, size in models.values()) > config["most_bytes"]:
        models.popitem(last=False)
    forget_jars()
    gc.collect()
    gc.freeze()


def forget_jars():
    """Takes archives without a module in them, such as Spark's own jar, from the path that Python looks for modules on."""
    for path in [path for path in sys.path if path.endswith(".jar")]:
        try:
            with zipfile.ZipFile(path) as archive:
                has_modules = any(name.endswith((".py", ".pyc")) for name in archive.namelist())
        except (OSError, zipfile.BadZipFile):
            continue
        if not has_modules:
            sys.path.remove(path)


def forget_folders_of_archives():
    """Lets Python make its importers of folders in archives anew when it next needs them.

    At the beginning of each task PySpark has all importers look again, and each of these reads the directory of its archive for that.
    """
    for path, importer in list(sys.path_importer_cache.items()):
        if isinstance(importer, zipimport.zipimporter) and path not in sys.path:
            del sys.path_importer_cache[path]


def unpacked(config):
    """Returns the folder of a model that came as a broadcast; the first worker of an executor unpacks it."""
    from pyspark import SparkFiles

    root = os.path.join(SparkFiles.getRootDirectory(), "mlflow-models")
    folder = os.path.abspath(os.path.join(root, config["key"]))
    os.makedirs(root, exist_ok=True)
    with lock(folder + ".lock"):
        if not os.path.isdir(folder):
            making = "%s.%d" % (folder, os.getpid())
            shutil.rmtree(making, ignore_errors=True)
            with broadcast(config["broadcast"]) as content, zipfile.ZipFile(content) as archive:
                archive.extractall(making)
            os.rename(making, folder)
    return folder


@contextlib.contextmanager
def lock(path):
    import fcntl

    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def broadcast(number):
    """Opens the archive in a broadcast: a pickle of its bytes, in which zipfile finds it, or just these bytes."""
    from pyspark.broadcast import _broadcastRegistry

    value = _broadcastRegistry[number]
    path = getattr(value, "_path", None)
    return open(path, "rb") if path else io.BytesIO(value.value)


def as_array(column, tensor):
    """Stacks the cells of a column: numbers, or arrays that are rows of a tensor."""
    cells = [numpy.asarray(cell) for cell in column] if column.dtype == object else column.to_numpy()
    array = numpy.stack(cells) if isinstance(cells, list) else cells
    shape = tensor["shape"]
    if len(shape) > 1 and array.ndim != len(shape):
        array = array.reshape([-1] + shape[1:])
    return array.astype(tensor["dtype"], copy=False)


def as_column(values):
    """Returns a struct's values as dictionaries; other columns are as the model wants them."""
    if isinstance(values, pandas.DataFrame):
        return pandas.Series(values.to_dict("records"))
    return values


def as_table(config, columns):
    """Makes a table. Numbers of one type go into one block at once, which lies in memory as pandas makes it of single columns."""
    names = config.get("names")
    if names is None:
        names = config["names"] = pandas.Index([spec["name"] for spec in config["inputs"]])
    dtype = columns[0].dtype if isinstance(columns[0], pandas.Series) else None
    plain = isinstance(dtype, numpy.dtype) and dtype.kind in "iufb"
    if plain and all(isinstance(column, pandas.Series) and column.dtype == dtype for column in columns):
        return pandas.DataFrame(numpy.array([column.to_numpy() for column in columns]).T, columns=names, copy=False)
    return pandas.DataFrame({name: as_column(column) for name, column in zip(names, columns)}, columns=names)


def model_input(config, batch):
    columns = batch if isinstance(batch, tuple) else (batch,)
    inputs = config["inputs"]
    if config["form"] == "table":
        return as_table(config, columns)
    if config["form"] == "tensors":
        return {spec["name"]: as_array(column, spec["tensor"]) for spec, column in zip(inputs, columns)}
    if len(columns) == 1:
        return as_array(columns[0], inputs[0]["tensor"])
    tensor = inputs[0]["tensor"]
    return numpy.column_stack([column.to_numpy() for column in columns]).astype(tensor["dtype"], copy=False)


KINDS = {"integer": "iu", "number": "iuf", "boolean": "b"}


def fits(series, kind):
    return kind not in KINDS or series.dtype.kind in KINDS[kind]


def as_series(values):
    """Makes a column of what one output gave for a batch."""
    if isinstance(values, pandas.Series):
        series = values
    elif isinstance(values, numpy.ndarray) and values.ndim > 1:
        series = pandas.Series(list(values) if values.ndim == 2 else [value.tolist() for value in values])
    else:
        series = pandas.Series(values)
    return series.infer_objects() if series.dtype == object else series


def candidates(config, result, name):
    """Yields the columns of a result that may be the output, the likeliest first."""
    if isinstance(result, dict):
        if name in result:
            yield as_series(result[name])
        yield from (as_series(value) for value in result.values())
    elif isinstance(result, pandas.DataFrame):
        if name in result.columns:
            yield result[name]
        yield from (result.iloc[:, i] for i in range(result.shape[1]))
    elif isinstance(result, numpy.ndarray) and result.ndim > 1:
        yield from (pandas.Series(result[:, i]) for i in range(result.shape[1]) if result.ndim == 2)
    else:
        yield as_series(result)


def rows(result):
    """Returns a result as one array for each row."""
    if isinstance(result, pandas.DataFrame):
        return result.iloc[:, 0] if result.shape[1] == 1 and result.dtypes.iloc[0] == object else as_series(result.to_numpy())
    return as_series(result)


def only_output(config, result):
    output = config["outputs"][0]
    kind = output["kind"]
    if hasattr(result, "toarray"):
        result = result.toarray()
    if kind == "array" and not isinstance(result, dict):
        return rows(result)
    for series in candidates(config, result, output["name"]):
        if fits(series, kind):
            return texts(series) if kind == "string" else series
    raise RuntimeError(
        "The model %s gave no value of the type that its signature, or Python's spark_udf without one, has for %s, %s, but: %.200r"
        % (config["uri"], output["name"], output["type"], result)
    )


def texts(series):
    return pandas.Series(
        [value if isinstance(value, str) else None if pandas.isna(value) else str(value) for value in series], dtype=object
    )


def frame(config, result):
    """Returns a column for each output of a struct."""
    if isinstance(result, dict):
        result = pandas.DataFrame({name: as_series(value) for name, value in result.items()})
    elif not isinstance(result, pandas.DataFrame):
        result = pandas.DataFrame(result)
    outputs = config["outputs"]
    columns = {}
    for i, output in enumerate(outputs):
        if output["name"] in result.columns:
            column = result[output["name"]]
        elif result.shape[1] == len(outputs) and isinstance(result.columns, pandas.RangeIndex):
            column = result.iloc[:, i]
        else:
            raise RuntimeError(
                "The model %s gave no column %s, which its signature promises, but: %s"
                % (config["uri"], output["name"], ", ".join(map(str, result.columns)))
            )
        columns[output["name"]] = texts(column) if output["kind"] == "string" else column
    return pandas.DataFrame(columns).reset_index(drop=True)


def predict(config, model, batch):
    given = model_input(config, batch)
    size = len(batch[0]) if isinstance(batch, tuple) else len(batch)
    params = {} if config["params"] is None else {"params": config["params"]}
    try:
        result = model.predict(given, **params)
    except Exception as e:
        raise RuntimeError("The model %s failed: %s: %s" % (config["uri"], type(e).__name__, e)) from e
    output = frame(config, result) if config["struct"] else only_output(config, result).reset_index(drop=True)
    if len(output) != size:
        raise RuntimeError("The model %s gave %d values for %d rows" % (config["uri"], len(output), size))
    return output


def make(text):
    """Makes Spark's iterator function of a configuration in JSON."""
    config = json.loads(text)

    def scored(batches):
        model = load(config)
        for batch in batches:
            yield predict(config, model, batch)
        forget_folders_of_archives()

    return scored
