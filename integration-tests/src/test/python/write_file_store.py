"""Writes a file store with one of everything through the real MLflow, and prints what MLflow itself reads there.

usage: write_file_store.py FOLDER
"""

import json
import os
import pathlib
import struct
import sys

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"

from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelOutput,
    LoggedModelParameter,
    ViewType,
)

START = 1_700_000_000_000

RUN_SEARCHES = [
    ("", []),
    ("", ["metrics.loss ASC"]),
    ("", ["metrics.loss DESC", "start_time ASC"]),
    ("", ["metrics.odd ASC"]),
    ("", ["params.depth DESC"]),
    ("", ["tags.team ASC", "attributes.start_time DESC"]),
    ("", ["end_time ASC"]),
    ("metrics.loss < 0.4", []),
    ("metrics.loss != 0.25", []),
    ("metrics.odd > 0", []),
    ("metrics.`val/auc` >= 0.9", []),
    ("params.depth = '3'", []),
    ("params.depth != '3'", []),
    ("params.depth LIKE '1%'", []),
    ("params.`a/b c:d` = 'x y'", []),
    ("params.depth IS NULL", []),
    ("tags.team ILIKE 'RED'", []),
    ("tags.team LIKE 'r_d'", []),
    ("tags.team = 'red' AND params.depth = '3'", []),
    ("tags.team IS NOT NULL", ["run_name DESC"]),
    ("attributes.status = 'FINISHED'", []),
    ("status != 'FINISHED'", []),
    ("start_time > 1700000000001", []),
    ("run_name LIKE 't%'", []),
    ("datasets.name = 'train'", []),
    ("datasets.digest IN ('12e45678', 'x')", []),
    ("datasets.context = 'training'", []),
    ("user_id = 'alice'", []),
]
VERSION_SEARCHES = [
    ("", []),
    ("name = 'reg'", ["version_number ASC"]),
    ("version_number > 1", []),
    ("tags.k = 'v'", []),
    ("name LIKE 're%'", ["name DESC", "version_number DESC"]),
]
MODEL_SEARCHES = [
    "",
    "name = 'first'",
    "metrics.auc > 0.8",
    "params.p = '1'",
    "tags.t = 'x'",
    "name IN ('second', 'third')",
    "model_type LIKE 'tr%'",
]


def bits(value):
    return struct.unpack(">q", struct.pack(">d", value))[0]


def write(client, folder):
    client.get_experiment("0")
    experiment = client.create_experiment("exp Ä", tags={"team": "blau", "a/b": "two\nlines"})
    trashed = client.create_experiment("1e5")
    runs = {}
    for i, (name, tags) in enumerate(
        [("one", {"team": "red"}), ("two", {"team": "Red"}), ("three", {"team": "blue", "a/b": "x: 'y'\n"}), ("1e5", {})]
    ):
        run = client.create_run(
            experiment, start_time=START + i, run_name=name, tags={**tags, "mlflow.user": "alice"}
        )
        runs[name] = run.info.run_id
    one, two, three = runs["one"], runs["two"], runs["three"]

    for step, value in enumerate([0.9, 0.5, 0.25]):
        client.log_metric(one, "loss", value, timestamp=START + step, step=step)
    client.log_metric(one, "loss", 7.5, timestamp=START + 99, step=1)
    client.log_metric(one, "loss", 0.125, timestamp=START + 2, step=2)
    client.log_metric(two, "loss", 0.3, timestamp=START, step=-5)
    client.log_metric(one, "odd", float("nan"), timestamp=START, step=0)
    client.log_metric(two, "odd", float("inf"), timestamp=START, step=0)
    client.log_metric(three, "odd", float("-inf"), timestamp=START, step=0)
    client.log_metric(one, "val/auc", 0.95, timestamp=START, step=0)
    client.log_metric(one, "tiny", 1e-300, timestamp=START, step=0)
    for run, key, value in [
        (one, "depth", "3"),
        (two, "depth", "12"),
        (one, "a/b c:d", "x y"),
        (one, "digest", "12e45678"),
        (one, "lines", " first\n\nthird \n"),
        (one, "ünï", "日本 🎈"),
    ]:
        client.log_param(run, key, value)

    train = Dataset("train", "12e45678", "local", '{"uri": "x"}', '{"mlflow_colspec": []}', '{"rows": 3}')
    test = Dataset("test", "0b", "code", '{"tags": {}}')
    client.log_inputs(one, datasets=[DatasetInput(train, [InputTag("mlflow.data.context", "training")])])
    client.log_inputs(two, datasets=[DatasetInput(test, []), DatasetInput(train, [])])

    models = {}
    for name, model_type, source in [("first", "tree", one), ("second", "trie", None), ("third", "", None)]:
        model = client.create_logged_model(
            experiment,
            name=name,
            source_run_id=source,
            model_type=model_type,
            tags={"t": "x"} if name != "third" else {},
            params={"p": "1"} if name == "first" else {},
        )
        models[name] = model.model_id
        pathlib.Path(folder, experiment, "models", model.model_id, "artifacts", "data").mkdir(parents=True)
        pathlib.Path(folder, experiment, "models", model.model_id, "artifacts", "MLmodel").write_text(name)
    client.finalize_logged_model(models["first"], "READY")
    client.finalize_logged_model(models["second"], "FAILED")
    client.log_metric(one, "auc", 0.9, timestamp=START, step=4, model_id=models["first"])
    client.log_metric(
        one, "auc", 0.5, timestamp=START + 1, step=5, model_id=models["first"],
        dataset_name="train", dataset_digest="12e45678",
    )
    client.log_metric(two, "auc", 0.85, timestamp=START, step=0, model_id=models["second"])
    client.log_outputs(one, [LoggedModelOutput(models["first"], step=3)])

    client.log_text(one, "hello", "sub/f.txt")
    client.log_text(one, "from the run", "first/only-in-run.txt")
    client.set_terminated(two, "FINISHED", end_time=START + 500)
    client.set_terminated(three, "FAILED", end_time=START + 400)
    gone = client.create_run(experiment, start_time=START + 10, run_name="gone", tags={"team": "red"})
    client.delete_run(gone.info.run_id)
    client.delete_experiment(trashed)

    client.create_registered_model("reg", tags={"k": "v"}, description="what: it is")
    client.create_registered_model("red", description="")
    client.register_prompt("prompt", "Say {{what}}")
    client.create_model_version("reg", f"models:/{models['first']}", run_id=one, tags={"k": "v"}, description="d")
    client.create_model_version("reg", f"runs:/{one}/sub", run_id=one)
    client.create_model_version("reg", str(pathlib.Path(folder).resolve() / "elsewhere"))
    client.create_model_version("red", "models:/reg/1")
    client.delete_model_version("reg", "3")
    client.transition_model_version_stage("reg", "1", "Production")
    client.set_registered_model_alias("reg", "champion", "1")
    client.set_registered_model_alias("reg", "other", "1")
    return experiment, trashed, runs, models


def describe_run(client, run):
    return {
        "id": run.info.run_id,
        "name": run.info.run_name,
        "experiment": run.info.experiment_id,
        "user": run.info.user_id,
        "status": run.info.status,
        "start": run.info.start_time,
        "end": run.info.end_time,
        "stage": run.info.lifecycle_stage,
        "artifacts": run.info.artifact_uri,
        "params": run.data.params,
        "tags": run.data.tags,
        # MLflow forgets the step of a point on a dataset, which auc has.
        "metrics": {key: bits(value) for key, value in run.data.metrics.items() if key != "auc"},
        "history": {
            key: [
                [bits(m.value), m.timestamp, m.step]
                for m in sort_points(client.get_metric_history(run.info.run_id, key))
            ]
            for key in run.data.metrics
            if key != "auc"
        },
        "datasets": sorted(
            [i.dataset.name, i.dataset.digest, i.dataset.source_type, i.dataset.source, i.dataset.schema,
             i.dataset.profile, {t.key: t.value for t in i.tags}]
            for i in run.inputs.dataset_inputs
        ),
        "outputs": [[o.model_id, o.step] for o in run.outputs.model_outputs],
    }


def sort_points(points):
    return sorted(points, key=lambda m: (m.timestamp, m.step, m.value))


def describe_model(model):
    return {
        "id": model.model_id,
        "experiment": model.experiment_id,
        "name": model.name,
        "artifacts": model.artifact_location,
        "created": model.creation_timestamp,
        "updated": model.last_updated_timestamp,
        "status": str(model.status),
        "type": model.model_type,
        "run": model.source_run_id,
        "params": model.params,
        "tags": model.tags,
        "metrics": sorted(
            [m.key, bits(m.value), m.timestamp, m.step, m.dataset_name, m.dataset_digest] for m in model.metrics or []
        ),
    }


def describe_version(client, version):
    return {
        "name": version.name,
        "version": int(version.version),
        "created": version.creation_timestamp,
        "updated": version.last_updated_timestamp,
        "description": version.description,
        "stage": version.current_stage,
        "source": version.source,
        "run": version.run_id,
        "status": version.status,
        "aliases": sorted(version.aliases),
        "tags": version.tags,
        "download": client.get_model_version_download_uri(version.name, version.version),
    }


def main():
    folder = sys.argv[1]
    client = MlflowClient(tracking_uri=folder, registry_uri=folder)
    experiment, trashed, runs, models = write(client, folder)
    everything = client.search_experiments(view_type=ViewType.ALL)
    ids = [experiment]

    def names(filter_string, order_by, view=ViewType.ACTIVE_ONLY):
        return [run.info.run_name for run in client.search_runs(ids, filter_string, view, order_by=order_by)]

    print(
        json.dumps(
            {
                "experiment": experiment,
                "runs_by_name": runs,
                "models_by_name": models,
                "experiments": [
                    {
                        "id": e.experiment_id,
                        "name": e.name,
                        "artifacts": e.artifact_location,
                        "stage": e.lifecycle_stage,
                        "created": e.creation_time,
                        "updated": e.last_update_time,
                        "tags": e.tags,
                    }
                    for e in everything
                ],
                "runs": [
                    describe_run(client, client.get_run(r.info.run_id))
                    for r in client.search_runs(ids, run_view_type=ViewType.ALL)
                ],
                "models": [
                    describe_model(client.get_logged_model(m.model_id)) for m in client.search_logged_models(ids)
                ],
                "registered": [
                    {
                        "name": m.name,
                        "created": m.creation_timestamp,
                        "updated": m.last_updated_timestamp,
                        "description": m.description,
                        "tags": m.tags,
                        "aliases": {alias: int(version) for alias, version in m.aliases.items()},
                        "latest": sorted(int(v.version) for v in m.latest_versions),
                    }
                    for m in client.search_registered_models()
                ],
                "versions": [
                    describe_version(client, client.get_model_version(v.name, v.version))
                    for v in client.search_model_versions()
                ],
                "run_searches": [[f, o, names(f, o)] for f, o in RUN_SEARCHES],
                "all_runs": names("", [], ViewType.ALL),
                "deleted_runs": names("", [], ViewType.DELETED_ONLY),
                "model_searches": [
                    [f, [m.name for m in client.search_logged_models(ids, filter_string=f or None)]] for f in MODEL_SEARCHES
                ],
                "version_searches": [
                    [f, o, [f"{v.name}/{v.version}" for v in client.search_model_versions(f, order_by=o)]]
                    for f, o in VERSION_SEARCHES
                ],
            }
        )
    )


main()
