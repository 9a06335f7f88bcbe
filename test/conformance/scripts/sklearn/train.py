"""A scikit-learn script as Amazon's examples have them: trains as a program, serves as a module."""

import argparse
import os

import joblib
import pandas as pd
from local_module import pipeline


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--strength", type=float)
    parser.add_argument("--fail", type=str, default="")
    parser.add_argument("--model-dir", type=str, default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", type=str, default=os.environ["SM_CHANNEL_TRAIN"])
    args = parser.parse_args()
    if args.fail:
        raise ValueError(args.fail)
    import toolz  # Of requirements.txt.

    files = sorted(os.listdir(args.train))
    data = pd.concat([pd.read_csv(os.path.join(args.train, file), header=None) for file in files])
    labels, features = data.iloc[:, 0], data.iloc[:, 1:].to_numpy()
    model = pipeline(args.strength).fit(features, labels)
    print(f"train_accuracy={model.score(features, labels):.4f};", toolz.__version__)
    print("files in", os.path.realpath(args.train), "hosts", os.environ["SM_HOSTS"], "parameters", os.environ["SM_HPS"])
    joblib.dump(model, os.path.join(args.model_dir, "model.joblib"))
