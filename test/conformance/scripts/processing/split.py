"""Splits a table, as the published examples do: it names the folders of a processing container."""

import argparse
import os

import pandas as pd
import sklearn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--train-test-split-ratio", type=float, default=0.3)
    arguments = parser.parse_args()
    print(f"Received arguments {arguments}, scikit-learn {sklearn.__version__}")

    table = pd.read_csv(os.path.join("/opt/ml/processing/input", "wdbc.csv"), header=None)
    labels, features = (table[1] == "M").astype(int), table.iloc[:, 2:]
    train, test, y_train, y_test = train_test_split(
        features, labels, test_size=arguments.train_test_split_ratio, random_state=0
    )
    scaler = StandardScaler().fit(train)
    for name, part, y in (("train", train, y_train), ("test", test, y_test)):
        scaled = pd.DataFrame(scaler.transform(part))
        scaled.insert(0, "label", y.to_numpy())
        scaled.to_csv(f"/opt/ml/processing/{name}/{name}.csv", header=False, index=False)
        print(f"{name} shape {scaled.shape}")
