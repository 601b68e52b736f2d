"""Runs a job and ends in the way that its first argument names."""

import os
import signal
import sys
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName(sys.argv[2]).getOrCreate()
spark.range(2).count()
if sys.argv[1] == "raise":
    raise ValueError("meant to fail")
if sys.argv[1] == "exit":
    sys.exit(3)
if sys.argv[1] == "term":
    # Who ends an application signals the process that spark-submit is; it started this one.
    jvm = os.getppid()
    os.kill(jvm, signal.SIGTERM)
    while os.getppid() == jvm:
        time.sleep(0.05)
    os._exit(0)
try:
    if sys.argv[1] == "raise-after-stop":
        raise ValueError("meant to fail")
finally:
    spark.stop()
