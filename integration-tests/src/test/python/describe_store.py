"""Prints what a tracking store and its registry hold, through the real MLflow's client.

usage: describe_store.py TRACKING_URI
"""

import json
import sys

from mlflow import MlflowClient
from mlflow.entities import ViewType


def artifacts_of(client, run_id, path=None):
    paths = []
    for item in client.list_artifacts(run_id, path):
        if item.is_dir:
            paths += artifacts_of(client, run_id, item.path)
        else:
            paths.append(item.path)
    return paths


def describe_run(client, run):
    return {
        "run_id": run.info.run_id,
        "run_name": run.info.run_name,
        "experiment_id": run.info.experiment_id,
        "status": run.info.status,
        "user_id": run.info.user_id,
        "start_time": run.info.start_time,
        "end_time": run.info.end_time,
        "artifact_uri": run.info.artifact_uri,
        "params": run.data.params,
        "metrics": run.data.metrics,
        "tags": run.data.tags,
        "datasets": [
            {
                "name": dataset_input.dataset.name,
                "digest": dataset_input.dataset.digest,
                "source_type": dataset_input.dataset.source_type,
                "source": dataset_input.dataset.source,
                "schema": dataset_input.dataset.schema,
                "tags": {tag.key: tag.value for tag in dataset_input.tags},
            }
            for dataset_input in run.inputs.dataset_inputs
        ],
        "artifacts": sorted(artifacts_of(client, run.info.run_id)),
    }


def main():
    client = MlflowClient(tracking_uri=sys.argv[1])
    experiments = client.search_experiments(view_type=ViewType.ALL)
    runs = client.search_runs([e.experiment_id for e in experiments], run_view_type=ViewType.ALL)
    models = client.search_registered_models()
    versions = client.search_model_versions()
    print(
        json.dumps(
            {
                "experiments": {e.experiment_id: e.name for e in experiments},
                # Once more by id: a search leaves some things out.
                "runs": [describe_run(client, client.get_run(run.info.run_id)) for run in runs],
                "aliases": {model.name: model.aliases for model in models},
                "model_versions": [
                    {
                        "name": version.name,
                        "version": int(version.version),
                        "run_id": version.run_id,
                        "source": version.source,
                        "status": version.status,
                    }
                    for version in versions
                ],
            }
        )
    )


main()
