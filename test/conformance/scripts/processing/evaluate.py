"""Runs in a folder with a module beside it and a requirement."""

import json
import os
import pathlib
import sys

import toolz
from local_words import greeting

config = json.loads(pathlib.Path("/opt/ml/config/processingjobconfig.json").read_text())
resources = json.loads(pathlib.Path("/opt/ml/config/resourceconfig.json").read_text())
rows = sum(len(file.read_text().splitlines()) for file in pathlib.Path("/opt/ml/processing/input/rows").iterdir())
report = {
    "job": config["ProcessingJobName"],
    "host": resources["current_host"],
    "hosts": resources["hosts"],
    "arguments": sys.argv[1:],
    "setting": os.environ.get("SETTING"),
    "rows": rows,
    "toolz": toolz.__version__,
    "greeting": greeting,
}
pathlib.Path("/opt/ml/processing/evaluation/report.json").write_text(json.dumps(report))
pathlib.Path("/opt/ml/output/message").write_text("evaluated")
