"""Prints a list with all that each store holds of one experiment and one registered model, through the real MLflow's client.

usage: describe_api.py EXPERIMENT_NAME MODEL_NAME TRACKING_URI...
"""

import json
import math
import sys
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType


def number(value):
    """JSON has no number for these."""
    if math.isnan(value):
        return "NaN"
    return value


def point(metric):
    return [number(metric.value), metric.timestamp, metric.step]


def artifacts_of(client, run_id, path=None):
    found = {}
    for item in client.list_artifacts(run_id, path):
        if item.is_dir:
            found.update(artifacts_of(client, run_id, item.path))
        else:
            found[item.path] = item.file_size
    return found


def describe_run(client, run):
    info = run.info
    return {
        "run_id": info.run_id,
        "run_name": info.run_name,
        "experiment_id": info.experiment_id,
        "status": info.status,
        "user_id": info.user_id or None,
        "start_time": info.start_time,
        "end_time": info.end_time,
        "artifact_uri": info.artifact_uri,
        "lifecycle_stage": info.lifecycle_stage,
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {key: number(value) for key, value in run.data.metrics.items()},
        "history": {key: [point(m) for m in client.get_metric_history(info.run_id, key)] for key in run.data.metrics},
        "inputs": sorted(
            [
                {
                    "name": i.dataset.name,
                    "digest": i.dataset.digest,
                    "source_type": i.dataset.source_type,
                    "source": i.dataset.source,
                    "schema": i.dataset.schema or None,
                    "profile": i.dataset.profile or None,
                    "tags": {tag.key: tag.value for tag in i.tags},
                }
                for i in run.inputs.dataset_inputs
            ],
            key=lambda i: i["name"],
        ),
        "model_inputs": [i.model_id for i in run.inputs.model_inputs],
        "outputs": [[o.model_id, o.step] for o in run.outputs.model_outputs],
        "artifacts": artifacts_of(client, info.run_id),
    }


def describe_model(model):
    return {
        "model_id": model.model_id,
        "name": model.name,
        "experiment_id": model.experiment_id,
        "artifact_uri": model.artifact_location,
        "status": model.status.name,
        "model_type": model.model_type or None,
        "source_run_id": model.source_run_id or None,
        "created": model.creation_timestamp,
        "params": model.params,
        "tags": model.tags,
        "metrics": sorted(
            [m.key, number(m.value), m.timestamp, m.step, m.model_id, m.dataset_name or None, m.dataset_digest or None]
            for m in model.metrics or []
        ),
    }


def describe_version(version):
    return {
        "version": int(version.version),
        "created": version.creation_timestamp,
        "updated": version.last_updated_timestamp,
        "stage": version.current_stage,
        "description": version.description or None,
        "source": version.source,
        "run_id": version.run_id or None,
        "status": version.status,
        "tags": version.tags,
        "aliases": sorted(version.aliases),
    }


def text_of(client, run_id, path):
    with tempfile.TemporaryDirectory() as folder:
        with open(client.download_artifacts(run_id, path, folder), encoding="utf-8") as file:
            return file.read()


def describe(uri, experiment_name, model_name):
    # load_table looks for runs in the store that is set, not in the client's.
    mlflow.set_tracking_uri(uri)
    client = MlflowClient()
    experiment = client.get_experiment_by_name(experiment_name)
    ids = [experiment.experiment_id]
    runs = sorted(client.search_runs(ids, run_view_type=ViewType.ALL), key=lambda run: run.info.run_name)
    models = sorted(client.search_logged_models(ids), key=lambda model: model.name)
    registered = client.get_registered_model(model_name)
    versions = client.search_model_versions(f"name = '{model_name}'")
    main_run = next(run.info.run_id for run in runs if run.info.run_name == "main")
    table = client.load_table(experiment.experiment_id, "tables/t.json", run_ids=[main_run])
    # All runs with such a table: here, the one.
    tables = client.load_table(experiment.experiment_id, "tables/t.json", extra_columns=["run_id"])
    return {
        "experiment": {
            "id": experiment.experiment_id,
            "name": experiment.name,
            "artifact_location": experiment.artifact_location,
            "lifecycle_stage": experiment.lifecycle_stage,
            "tags": experiment.tags,
            "created": experiment.creation_time,
            "updated": experiment.last_update_time,
        },
        "runs": [describe_run(client, client.get_run(run.info.run_id)) for run in runs],
        "logged_models": [describe_model(model) for model in models],
        "registered": {
            "name": registered.name,
            "description": registered.description or None,
            "tags": registered.tags,
            "aliases": {alias: int(version) for alias, version in registered.aliases.items()},
        },
        "versions": [
            describe_version(client.get_model_version(v.name, v.version))
            for v in sorted(versions, key=lambda v: int(v.version))
        ],
        "text": text_of(client, main_run, "texts/hello.txt"),
        "table": {"columns": list(table.columns), "rows": json.loads(table.to_json(orient="values"))},
        "tables": {"columns": list(tables.columns), "rows": json.loads(tables.to_json(orient="values"))},
    }


def main():
    experiment_name, model_name, *uris = sys.argv[1:]
    print(json.dumps([describe(uri, experiment_name, model_name) for uri in uris]))


if __name__ == "__main__":
    main()
