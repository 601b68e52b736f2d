"""Logs one small run to a store, as any Python program does, and prints its id.

usage: log_run.py TRACKING_URI RUN_NAME
"""

import json
import sys

import mlflow


def main():
    tracking_uri, name = sys.argv[1:]
    mlflow.set_tracking_uri(tracking_uri)
    with mlflow.start_run(run_name=name) as run:
        mlflow.log_param("language", "python")
        mlflow.log_metric("answer", 42.0)
    print(json.dumps({"run_id": run.info.run_id}))


main()
