"""The Python side of a pair: does the same as JavaSide.java and prints the seconds that it took, last."""
import sys
import time

kind, uri = sys.argv[1], sys.argv[2]
points = int(sys.argv[3]) if len(sys.argv) > 3 else 0

if kind == "first":
    import mlflow

    mlflow.set_tracking_uri(uri)
    with mlflow.start_run():
        mlflow.log_metric("loss", 0.5)
        print("acknowledged", flush=True)
    sys.exit()

from mlflow import MlflowClient
from mlflow.entities import Metric

client = MlflowClient(uri)
run = client.create_run("0").info.run_id
now = int(time.time() * 1000)
if kind == "batches":
    metrics = [Metric("loss", i * 0.5, now + i, i) for i in range(points)]
    start = time.perf_counter()
    for i in range(0, points, 1000):
        client.log_batch(run, metrics=metrics[i : i + 1000])
else:
    start = time.perf_counter()
    for i in range(points):
        client.log_metric(run, "loss", i * 0.5, now + i, i)
seconds = time.perf_counter() - start
stored = len(client.get_metric_history(run, "loss"))
assert stored == points, f"{stored} of {points} points are stored"
print(seconds)
