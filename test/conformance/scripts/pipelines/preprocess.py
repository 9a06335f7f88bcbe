"""Abalones: the sex becomes columns of 0 and 1, numbers are scaled, and the rows are split into three."""

import argparse
import pathlib

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

parser = argparse.ArgumentParser()
parser.add_argument("--input-data", required=True)
args = parser.parse_args()
base = pathlib.Path("/opt/ml/processing")
names = ["sex", "length", "diameter", "height", "whole", "shucked", "viscera", "shell", "rings"]
rows = pd.read_csv(base / "input" / pathlib.PurePosixPath(args.input_data).name, header=None, names=names)
label = rows.pop("rings").to_numpy().reshape(-1, 1)
numbers = [name for name in rows if name != "sex"]
transform = ColumnTransformer(
    [
        ("numbers", Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())]), numbers),
        ("sex", OneHotEncoder(handle_unknown="ignore"), ["sex"]),
    ]
)
table = np.concatenate([label, transform.fit_transform(rows)], axis=1)
np.random.default_rng(1).shuffle(table)
train, validation, test = np.split(table, [int(0.7 * len(table)), int(0.85 * len(table))])
for name, part in {"train": train, "validation": validation, "test": test}.items():
    pd.DataFrame(part).to_csv(base / name / f"{name}.csv", header=False, index=False)
