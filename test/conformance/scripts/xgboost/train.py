"""An XGBoost script: its own training loop, a model file in the library's own format, the image's way of serving it."""

import argparse
import os

import pandas as pd
import xgboost


def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(os.path.join(model_dir, "xgboost-model"))
    return booster


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--max_depth", type=int)
    parser.add_argument("--num_round", type=int)
    args = parser.parse_args()
    data = pd.read_csv(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), header=None).to_numpy()
    table = xgboost.DMatrix(data[:, 1:], label=data[:, 0])
    parameters = {"max_depth": args.max_depth, "objective": "binary:logistic"}
    booster = xgboost.train(parameters, table, num_boost_round=args.num_round, evals=[(table, "train")])
    booster.save_model(os.path.join(os.environ["SM_MODEL_DIR"], "xgboost-model"))
