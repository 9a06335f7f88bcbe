"""Writes the mean squared error of a model of XGBoost on held-out rows as a JSON file."""

import json
import pathlib
import tarfile

import numpy as np
import pandas as pd
import xgboost

base = pathlib.Path("/opt/ml/processing")
with tarfile.open(base / "model" / "model.tar.gz") as archive:
    archive.extractall(path=".")
booster = xgboost.Booster()
booster.load_model("xgboost-model")
rows = pd.read_csv(base / "test" / "test.csv", header=None).to_numpy()
errors = rows[:, 0] - booster.predict(xgboost.DMatrix(rows[:, 1:]))
report = {"regression_metrics": {"mse": {"value": float(np.mean(errors**2)), "standard_deviation": float(np.std(errors))}}}
(base / "evaluation" / "evaluation.json").write_text(json.dumps(report))
