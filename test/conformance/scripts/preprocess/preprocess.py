"""Scales features, as the first container of a pipeline: JSON for the Linear Learner where nobody asks for another type."""

import argparse
import io
import json
import os

import joblib
import pandas as pd
from sagemaker_inference import encoder
from sklearn.preprocessing import StandardScaler


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "scaler.joblib"))


def input_fn(body, content_type):
    if content_type != "text/csv":
        raise ValueError(f"{content_type} is not text/csv")
    return pd.read_csv(io.StringIO(body), header=None).to_numpy()


def predict_fn(rows, scaler):
    return scaler.transform(rows)


def output_fn(rows, accept):
    if accept == "text/csv":
        return encoder.encode(rows, accept), accept
    return json.dumps({"instances": [{"features": row} for row in rows.tolist()]}), "application/json"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    args = parser.parse_args()
    files = sorted(os.listdir(args.train))
    data = pd.concat([pd.read_csv(os.path.join(args.train, file), header=None) for file in files])
    joblib.dump(StandardScaler().fit(data.iloc[:, 1:].to_numpy()), os.path.join(args.model_dir, "scaler.joblib"))
