"""Runs a job and ends in the way that its first argument names."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName(sys.argv[2]).getOrCreate()
spark.range(2).count()
if sys.argv[1] == "raise":
    raise ValueError("meant to fail")
try:
    if sys.argv[1] == "raise-after-stop":
        raise ValueError("meant to fail")
finally:
    spark.stop()
