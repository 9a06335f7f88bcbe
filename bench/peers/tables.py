"""Tables as they come: `linnet train` and `predict` against the best of two one-line recipes of scikit-learn.

    python3 bench/peers/tables.py TABLE.csv=LABEL ...     (LABEL may be a number of a column, -1 for the last, of tables without names)

Every fifth row is held out from both. For each table: the mean loss of a held-out row (log-loss, or squared error) of Linnet and of the
better recipe, and their difference in standard errors of the difference, row by row: 1 or less is the aim, below 0 Linnet is better.
LINNET names the command; its data folder decides whether XGBoost takes part.
"""

import csv
import json
import os
import shlex
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

linnet = shlex.split(os.environ.get("LINNET", "linnet"))


def read(path, label):
    numbered = label.lstrip("-").isdigit()
    table = pd.read_csv(path, header=None if numbered else 0, skipinitialspace=True, na_values=["?"])
    if numbered:
        table.columns = [f"column_{i + 1}" for i in range(table.shape[1])]
        label = table.columns[int(label) - (int(label) > 0)]
    return table, label


def recipes(is_regression):
    words = make_column_selector(dtype_exclude="number")
    numbers = make_column_selector(dtype_include="number")
    prepared = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), words),
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
    )
    if is_regression:
        return [HistGradientBoostingRegressor(categorical_features="from_dtype"), make_pipeline(prepared, RidgeCV())]
    linear = make_pipeline(prepared, LogisticRegressionCV(max_iter=500))
    return [HistGradientBoostingClassifier(categorical_features="from_dtype"), linear]


def losses(labels, classes, predicted):
    if classes is None:
        return (labels - predicted) ** 2
    places = [list(classes).index(label) for label in labels]
    return -np.log(np.maximum(1e-15, predicted[np.arange(len(places)), places]))


def peers(train, test, label, is_regression):
    features, held = train.drop(columns=label), test.drop(columns=label)
    for name in features.select_dtypes(exclude="number"):
        if features[name].nunique() > 200:
            features, held = features.drop(columns=name), held.drop(columns=name)
            continue
        kind = pd.CategoricalDtype(features[name].dropna().unique())
        features[name], held[name] = features[name].astype(kind), held[name].astype(kind)
    for recipe in recipes(is_regression):
        fitted = recipe.fit(features, train[label])
        predicted = fitted.predict(held) if is_regression else fitted.predict_proba(held)
        yield losses(test[label].to_numpy(), None if is_regression else fitted.classes_, predicted)


def ours(train, test, label, is_regression, folder):
    paths = [os.path.join(folder, name) for name in ("train.csv", "test.csv", "model.tar.gz")]
    train.to_csv(paths[0], index=False, quoting=csv.QUOTE_MINIMAL)
    test.to_csv(paths[1], index=False)
    done = subprocess.run(
        [*linnet, "train", paths[0], "--label", label, "-o", paths[2], "--json"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    outcome = json.loads(done.stdout)
    lines = subprocess.run([*linnet, "predict", paths[2], paths[1], "--json"], capture_output=True, text=True, check=True).stdout
    rows = [json.loads(line) for line in lines.splitlines()]
    if is_regression:
        return outcome["candidate"], losses(test[label].to_numpy(), None, np.array([row["prediction"] for row in rows]))
    classes = outcome["decisions"]["label"]["classes"]
    truth = [str(value) for value in test[label]]
    if len(classes) == 2:
        second = np.array([row["probability"] for row in rows])
        return outcome["candidate"], losses(truth, classes, np.column_stack([1 - second, second]))
    return outcome["candidate"], losses(truth, classes, np.array([row["probabilities"] for row in rows]))


print("| table | rows | ours | scikit-learn | difference in standard errors | candidate |\n| --- | --- | --- | --- | --- | --- |")
for argument in sys.argv[1:]:
    path, label = argument.rsplit("=", 1)
    table, label = read(path, label)
    is_held = np.arange(len(table)) % 5 == 4
    train, test = table[~is_held].copy(), table[is_held].copy()
    values = table[label].dropna().unique()
    consecutive = pd.api.types.is_integer_dtype(table[label]) and len(values) <= 20 and values.min() in (0, 1) and values.max() - values.min() == len(values) - 1
    is_regression = pd.api.types.is_numeric_dtype(table[label]) and not consecutive and len(values) > 2
    with tempfile.TemporaryDirectory() as folder:
        candidate, mine = ours(train, test, label, is_regression, folder)
    best = min(peers(train, test, label, is_regression), key=np.mean)
    difference = mine - best
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    name = os.path.basename(path)
    print(f"| {name} | {len(table)} | {mine.mean():.4g} | {best.mean():.4g} | {difference.mean() / error:+.2f} | {candidate} |", flush=True)
