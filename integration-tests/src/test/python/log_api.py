"""Logs with the real MLflow what ClientApiIT logs with ours.

usage: log_api.py EXPERIMENT_NAME MODEL_NAME TRACKING_URI...
Prints a list with what describe_api.py finds then.
"""

import json
import sys

import mlflow
from describe_api import describe
from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
    Param,
    RunTag,
)


def log(uri, experiment_name, model_name):
    mlflow.set_tracking_uri(uri)
    client = MlflowClient()
    experiment = client.create_experiment(experiment_name, tags={"team": "red"})
    main_run = client.create_run(experiment, run_name="main", tags={"kind": "main"}).info.run_id
    for step in range(5):
        client.log_metric(main_run, "loss", 1 / (step + 1), step=step, timestamp=1000 + step)
    client.log_batch(
        main_run,
        metrics=[Metric("odd", float("nan"), 1000, 0), Metric("huge", float("inf"), 1000, -3)],
        params=[Param("depth", "5"), Param("grüße", "ß")],
        tags=[RunTag("a tag", "with\nlines")],
    )
    source = json.dumps({"path": "/data"})
    client.log_inputs(
        main_run,
        [DatasetInput(Dataset("wine", "d1", "local", source), tags=[InputTag("mlflow.data.context", "train")])],
    )
    client.log_text(main_run, "grüße\n", "texts/hello.txt")
    client.log_table(main_run, {"q": ["a", "b"], "score": [0.5, 1.0]}, "tables/t.json")
    client.log_table(main_run, {"q": ["c"], "score": [None]}, "tables/t.json")
    model = client.create_logged_model(
        experiment, name="forest", source_run_id=main_run, params={"trees": "3"}, tags={"x": "y"}, model_type="tree"
    )
    client.log_metric(main_run, "auc", 0.9, timestamp=2000, step=1, model_id=model.model_id)
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    client.log_outputs(main_run, [LoggedModelOutput(model.model_id, 1)])
    client.set_terminated(main_run, "FINISHED")
    child = client.create_run(experiment, run_name="child", tags={"mlflow.parentRunId": main_run}).info.run_id
    client.log_inputs(child, models=[LoggedModelInput(model.model_id)])
    client.set_terminated(child, "FAILED")
    client.create_registered_model(model_name, tags={"owner": "me"}, description="a model")
    client.create_model_version(
        model_name, f"models:/{model.model_id}", run_id=main_run, description="first", model_id=model.model_id
    )
    client.set_model_version_tag(model_name, "1", "checked", "yes")
    client.set_registered_model_alias(model_name, "champion", "1")
    client.copy_model_version(f"models:/{model_name}/1", model_name)


def main():
    experiment_name, model_name, *uris = sys.argv[1:]
    for uri in uris:
        log(uri, experiment_name, model_name)
    print(json.dumps([describe(uri, experiment_name, model_name) for uri in uris]))


main()
