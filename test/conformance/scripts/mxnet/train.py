"""A Gluon net on the breast-cancer table: what Amazon's notebook names as a non-linear model."""

import argparse
import json
import os

import mxnet as mx
import numpy as np
import pandas as pd
from mxnet import autograd, gluon, nd


def net_of():
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.BatchNorm(), gluon.nn.Dense(32, activation="relu"), gluon.nn.Dense(1))
    return net


def model_fn(model_dir):
    net = net_of()
    net.load_parameters(os.path.join(model_dir, "net.params"))
    return net


def transform_fn(net, body, content_type, accept):
    rows = nd.array(json.loads(body))
    return json.dumps(net(rows).sigmoid().asnumpy().ravel().tolist()), "application/json"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int)
    args = parser.parse_args()
    mx.random.seed(1)
    np.random.seed(1)
    data = pd.read_csv(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), header=None).to_numpy("float32")
    net = net_of()
    net.initialize(mx.init.Xavier())
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
    loss_of = gluon.loss.SigmoidBinaryCrossEntropyLoss()
    rows = gluon.data.DataLoader(gluon.data.ArrayDataset(data[:, 1:], data[:, 0]), batch_size=32, shuffle=True)
    for epoch in range(args.epochs):
        total = 0.0
        for features, labels in rows:
            with autograd.record():
                loss = loss_of(net(features), labels)
            loss.backward()
            trainer.step(len(labels))
            total += loss.sum().asscalar()
        print(f"epoch={epoch} train_loss={total / len(data):.5f};")
    net.save_parameters(os.path.join(os.environ["SM_MODEL_DIR"], "net.params"))
