"""Runs scripts, each in a process of its own that starts with the real MLflow imported: the import takes longer than most of them.

Reads a line of JSON for each script: the list "script" (its path and arguments), its working "directory", and the files
"stdout" and "stderr". Answers each with a line, the exit code.
"""

import json
import os
import runpy
import sys

import mlflow  # noqa: F401
import mlflow.store.model_registry.sqlalchemy_store  # noqa: F401
import mlflow.store.tracking.sqlalchemy_store  # noqa: F401


def next_script():
    """Returns in a new process for each script, and never in this one."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            return json.loads(line)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    sys.exit()


def redirect(stream, path, mode):
    file = os.open(path, mode, 0o644)
    os.dup2(file, stream)
    os.close(file)


asked = next_script()
redirect(0, os.devnull, os.O_RDONLY)
redirect(1, asked["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
redirect(2, asked["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
os.chdir(asked["directory"])
sys.argv = asked["script"]
sys.path[0] = os.path.dirname(sys.argv[0])
runpy.run_path(sys.argv[0], run_name="__main__")
