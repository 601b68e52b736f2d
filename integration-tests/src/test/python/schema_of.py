"""Opens an SQLite store as Python's MLflow does and prints its tables, their columns and the revision.

usage: schema_of.py TRACKING_URI
"""

import json
import sqlite3
import sys

from mlflow import MlflowClient


def main():
    tracking_uri = sys.argv[1]
    client = MlflowClient(tracking_uri=tracking_uri)
    client.search_experiments()
    client.search_registered_models()
    connection = sqlite3.connect(tracking_uri.removeprefix("sqlite:///"))
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    print(
        json.dumps(
            {
                "revision": connection.execute("SELECT version_num FROM alembic_version").fetchone()[0],
                "tables": {
                    table: [
                        {"name": column[1], "type": column[2], "not_null": column[3], "key": column[5]}
                        for column in connection.execute(f"PRAGMA table_info({table})")
                    ]
                    for table in tables
                },
            }
        )
    )


main()
