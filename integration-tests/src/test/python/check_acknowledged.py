"""Opens SQLite files, each left by a killed writer, with Python's MLflow and looks for what the writer had acknowledged.

usage: check_acknowledged.py LIST.json    (a list of {"file": …, "acknowledged": [line, …]})
"""

import json
import sqlite3
import sys

from mlflow import MlflowClient


class File:
    def __init__(self, path, acknowledged):
        self.path = path
        self.acknowledged = acknowledged
        self.problems = []

    def expect(self, holds, what):
        if not holds:
            self.problems.append(f"{self.path}: {what}")

    def check(self):
        # First as whoever comes next: this is what replays the log.
        client = MlflowClient(tracking_uri="sqlite:///" + self.path)
        runs = {run.info.run_id: run for run in client.search_runs(["0"], max_results=1000)}
        versions = {int(v.version): v.run_id for v in client.search_model_versions("name = 'model'")}
        self.expect(sorted(versions) == list(range(1, len(versions) + 1)), f"versions {sorted(versions)}")
        steps = {run_id: self.steps(client, run) for run_id, run in runs.items()}
        for line in self.acknowledged:
            kind, *rest = line.split(" ")
            if kind == "model":
                self.expect(client.get_registered_model("model").name == "model", "the model is missing")
            elif kind == "run":
                self.expect(rest[0] in runs, f"{line} is missing")
            elif kind == "step":
                self.expect(int(rest[1]) in steps.get(rest[0], ()), f"{line} is missing")
            elif kind == "version":
                self.expect(versions.get(int(rest[1])) == rest[0], f"{line} is missing")
            elif kind == "finished":
                self.expect(rest[0] in runs and runs[rest[0]].info.status == "FINISHED", f"{line} is missing")
            else:
                self.expect(line == "started", f"what is '{line}'?")
        self.check_file()

    def steps(self, client, run):
        """Returns the steps of a run that are there; each must be there with all that was logged in its batch."""
        run_id = run.info.run_id
        a = {m.step: m.value for m in client.get_metric_history(run_id, "a")}
        b = {m.step: m.value for m in client.get_metric_history(run_id, "b")}
        count = len(run.data.params)
        self.expect(a == {step: step * 1.5 for step in range(count)}, f"half a batch in {run_id}: a = {a}")
        self.expect(b == {step: -step for step in range(count)}, f"half a batch in {run_id}: b = {b}")
        self.expect(
            run.data.params == {f"p{step}": f"value {step}" for step in range(count)},
            f"half a batch in {run_id}: {run.data.params}",
        )
        last = str(count - 1) if count else None
        self.expect(run.data.tags.get("step") == last, f"half a batch in {run_id}: {run.data.tags}")
        if count:
            self.expect(run.data.metrics == {"a": (count - 1) * 1.5, "b": 1 - count}, f"latest of {run_id}")
        return range(count)

    def check_file(self):
        connection = sqlite3.connect(self.path)
        self.expect(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "integrity_check")
        self.expect(connection.execute("PRAGMA foreign_key_check").fetchall() == [], "foreign_key_check")
        connection.close()


def main():
    with open(sys.argv[1]) as file:
        files = [File(entry["file"], entry["acknowledged"]) for entry in json.load(file)]
    for file in files:
        file.check()
    print(
        json.dumps(
            {
                "files": len(files),
                "acknowledged": sum(len(file.acknowledged) for file in files),
                "problems": [problem for file in files for problem in file.problems],
            }
        )
    )


main()
