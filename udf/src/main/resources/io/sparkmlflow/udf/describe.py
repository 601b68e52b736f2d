"""Prints this Python's version and the packages that it has, as JSON."""

import json
import sys
from importlib.metadata import distributions
from importlib.util import find_spec

packages = {}
for distribution in distributions():
    name = distribution.metadata["Name"]
    if name:
        packages.setdefault(name, distribution.version)
print(
    json.dumps(
        {
            "version": "%d.%d.%d" % sys.version_info[:3],
            "modules": [name for name in ("mlflow", "pandas", "pyarrow") if find_spec(name)],
            "packages": packages,
        }
    )
)
