"""Jobs of XGBoost through boto3 against Python's package: the same parameters and rows give the same model, byte for byte."""
# linnet image add xgboost

import gzip
import io
import pathlib
import tarfile
import time

import boto3
import numpy as np
import scipy.sparse as sparse
import xgboost as xgb

REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
ROLE = "arn:aws:iam::123456789012:role/xgboost"
root = pathlib.Path(__file__).resolve().parents[4]
s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
bucket = "xgboost-training"
s3.create_bucket(Bucket=bucket)


def read(path):
    content = (root / path).read_bytes()
    return (gzip.decompress(content) if path.endswith(".gz") else content).decode().split("\n")


def table(lines, label, words=None):
    """Label first; words become numbers in the order of their first appearance."""
    rows = [line.split(",") for line in lines if line]
    seen = {word: at for at, word in enumerate(words or [])}
    number = lambda cell: float(seen.setdefault(cell, len(seen))) if cell[:1].isalpha() else float(cell or "nan")
    cells = [[number(cell) for cell in row] for row in rows]
    return np.array([[row[label], *row[:label], *row[label + 1 :]] for row in cells], dtype="f4")


abalone = table(read("test/fixtures/data-sets/abalone.csv.gz"), 8)
iris = table(read("test/fixtures/exact/iris.csv"), 4)
wdbc = table([line.partition(",")[2] for line in read("samples/datasets/tabular/breast_cancer/wdbc.csv")], 0)
# Missing cells in every column but the label.
holes = abalone.copy()
holes[:, 1:][np.random.default_rng(5).random(holes[:, 1:].shape) < 0.2] = np.nan
agaricus = [line for line in read("test/fixtures/data-sets/agaricus.libsvm.gz") if line]
queries = abalone[:, 0] % 5


def csv(rows):
    return "\n".join(",".join("" if np.isnan(x) else repr(float(x)) for x in row) for row in rows)


def dense(rows, **more):
    return xgb.DMatrix(rows[:, 1:], label=rows[:, 0], **more)


def of_libsvm(lines):
    pairs = [[pair.split(":") for pair in line.split()[1:]] for line in lines]
    start = np.cumsum([0, *map(len, pairs)])
    columns = [int(column) for row in pairs for column, _ in row]
    values = [float(value) for row in pairs for _, value in row]
    matrix = sparse.csr_matrix((np.array(values, "f4"), columns, start))
    return xgb.DMatrix(matrix, label=[float(line.split()[0]) for line in lines])


def halves(rows):
    return rows[np.arange(len(rows)) % 5 > 0], rows[np.arange(len(rows)) % 5 == 0]


def run(name, hyperparameters, channels, tag="sagemaker-xgboost:3.0-5"):
    for channel, (content_type, body) in channels.items():
        file = "model.tar.gz" if channel == "model" else "part-0"
        s3.put_object(Bucket=bucket, Key=f"{name}/{channel}/{file}", Body=body)
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": f"{REGISTRY}/{tag}", "TrainingInputMode": "File"},
        HyperParameters={key: str(value) for key, value in hyperparameters.items()},
        InputDataConfig=[
            {
                "ChannelName": channel,
                "ContentType": content_type,
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{name}/{channel}/"}},
            }
            for channel, (content_type, _) in channels.items()
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/output"},
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    while (job := sagemaker.describe_training_job(TrainingJobName=name))["TrainingJobStatus"] == "InProgress":
        time.sleep(0.1)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    metrics = {each["MetricName"]: each["Value"] for each in job.get("FinalMetricDataList", [])}
    return metrics, job["ModelArtifacts"]["S3ModelArtifacts"]


def files_of(uri):
    body = s3.get_object(Bucket=bucket, Key=uri.split("/", 3)[3])["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


def fit(parameters, train, validation, rounds, earlier=None, early_stopping=None):
    stop = early_stopping and xgb.callback.EarlyStopping(rounds=early_stopping, data_name="validation", save_best=True)
    history = {}
    booster = xgb.train(
        {"verbosity": 0, **parameters},
        train,
        rounds,
        evals=[(train, "train"), (validation, "validation")],
        evals_result=history,
        xgb_model=earlier,
        callbacks=[stop] if stop else None,
        verbose_eval=False,
    )
    return booster, history


# Name, rows and parameters. All of them with train and validation, twelve rounds, two threads.
grid = [
    ("squared", abalone, {"max_depth": 5, "eta": 0.2, "gamma": 4, "min_child_weight": 6, "subsample": 0.7}),
    ("holes", holes, {"tree_method": "hist", "max_bin": 64, "grow_policy": "lossguide", "max_leaves": 12}),
    ("exact", holes, {"tree_method": "exact", "colsample_bytree": 0.6, "seed": 11}),
    ("approx", abalone, {"tree_method": "approx", "colsample_bynode": 0.5, "lambda": 3, "alpha": 0.5}),
    ("poisson", abalone, {"objective": "count:poisson", "max_delta_step": 0.4}),
    ("gamma", abalone, {"objective": "reg:gamma", "eval_metric": "gamma-deviance"}),
    ("tweedie", abalone, {"objective": "reg:tweedie", "tweedie_variance_power": 1.3, "eval_metric": "tweedie-nloglik@1.3"}),
    ("absolute", abalone, {"objective": "reg:absoluteerror"}),
    ("huber", abalone, {"objective": "reg:pseudohubererror"}),
    ("forest", abalone, {"num_parallel_tree": 3, "subsample": 0.5, "colsample_bylevel": 0.7}),
    ("dart", abalone, {"booster": "dart", "rate_drop": 0.3, "skip_drop": 0.2, "normalize_type": "forest"}),
    ("linear", abalone, {"booster": "gblinear", "updater": "coord_descent", "lambda_bias": 0.1}),
    ("monotone", abalone, {"monotone_constraints": "(0,1,0,0,0,0,0,-1)", "interaction_constraints": "[[0,1,2],[3,4,5,6,7]]"}),
    ("cancer", wdbc, {"objective": "binary:logistic", "scale_pos_weight": 2, "eval_metric": "auc"}),
    ("margin", wdbc, {"objective": "binary:logitraw", "base_score": 0.3}),
    ("hinge", wdbc, {"objective": "binary:hinge"}),
    ("softprob", iris, {"objective": "multi:softprob", "num_class": 3}),
    ("softmax", iris, {"objective": "multi:softmax", "num_class": 3, "eval_metric": "merror"}),
]

for name, rows, parameters in grid:
    train, validation = halves(rows)
    hyperparameters = {"num_round": 12, "nthread": 2, "verbosity": 0, **parameters}
    metrics, artifact = run(name, hyperparameters, {"train": ("text/csv", csv(train)), "validation": ("csv", csv(validation))})
    model = files_of(artifact)["xgboost-model"]
    known = {"objective": "reg:squarederror", "nthread": 2, **parameters}
    booster, history = fit(known, dense(train), held := dense(validation), 12)
    assert model == bytes(booster.save_raw("ubj")), name
    read_back = xgb.Booster(model_file=bytearray(model))
    assert np.array_equal(read_back.predict(held), booster.predict(held)), name
    for channel in ("train", "validation"):
        for metric, values in history[channel].items():
            value = metrics[f"{channel}:{metric.split('@')[0]}"]
            assert abs(value - values[-1]) < 1e-5, (name, channel, metric, value, values[-1])

# libsvm, one of the older images and its parameters' old names.
poisonous = {"train": ("", "\n".join(agaricus[:1200])), "validation": ("text/x-libsvm", "\n".join(agaricus[1200:]))}
_, artifact = run("agaricus", {"num_round": 5, "silent": 1, "nthread": 2, "objective": "reg:logistic"}, poisonous, "xgboost:1")
train, validation = of_libsvm(agaricus[:1200]), of_libsvm(agaricus[1200:])
booster, _ = fit({"objective": "reg:logistic", "nthread": 2}, train, validation, 5)
assert files_of(artifact)["xgboost-model"] == bytes(booster.save_raw("ubj"))

# Ranking: rows of a query together, a weight for each.
ids, weights = np.arange(len(abalone)) // 20, np.arange(len(abalone)) // 20 % 3 + 1.0
ranked = [
    f"{label:g}:{weight:g} qid:{query} " + " ".join(f"{j}:{float(x)!r}" for j, x in enumerate(row[1:]))
    for label, weight, query, row in zip(queries, weights, ids, abalone)
]
for objective in ("rank:pairwise", "rank:ndcg"):
    name = objective.replace(":", "-")
    metrics, artifact = run(name, {"num_round": 8, "nthread": 1, "objective": objective}, {"train": ("text/libsvm", "\n".join(ranked))})
    train = xgb.DMatrix(abalone[:, 1:], label=queries, qid=ids, weight=weights[::20])
    booster, history = fit({"objective": objective, "nthread": 1}, train, train, 8)
    assert files_of(artifact)["xgboost-model"] == bytes(booster.save_raw("ubj")), objective

# Weights of rows, early stopping, and training on from a model that Python wrote.
train, validation = halves(abalone)
weighted = np.column_stack([train[:, 0], np.arange(len(train)) % 3, train[:, 1:]])
_, artifact = run(
    "stopping",
    {"num_round": 200, "eta": 0.6, "csv_weights": 1, "early_stopping_rounds": 4, "eval_metric": "mae,rmse", "nthread": 2},
    {"train": ("text/csv", csv(weighted)), "validation": ("text/csv", csv(np.insert(validation, 1, 1, axis=1)))},
)
known = {"objective": "reg:squarederror", "eta": 0.6, "eval_metric": ["mae", "rmse"], "nthread": 2}
lent = dense(train, weight=np.arange(len(train)) % 3)
booster, _ = fit(known, lent, dense(validation, weight=np.ones(len(validation))), 200, early_stopping=4)
assert files_of(artifact)["xgboost-model"] == bytes(booster.save_raw("ubj"))
assert booster.num_boosted_rounds() < 100

earlier, _ = fit({"nthread": 2}, dense(train), dense(validation), 6)
channels = {"train": ("text/csv", csv(train)), "validation": ("text/csv", csv(validation))}
for name, more in (("goes-on", {}), ("refreshed", {"process_type": "update", "updater": "refresh", "refresh_leaf": 1})):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        raw = bytes(earlier.save_raw("json" if more else "deprecated"))
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(raw)
        tar.addfile(member, io.BytesIO(raw))
    channels["model"] = ("application/x-sagemaker-model", packed.getvalue())
    source = xgb.Booster(model_file=bytearray(raw))
    _, artifact = run(name, {"num_round": 6, "nthread": 2, **more}, channels)
    booster, _ = fit({"objective": "reg:squarederror", "nthread": 2, **more}, dense(train), dense(validation), 6, earlier=source)
    assert files_of(artifact)["xgboost-model"] == bytes(booster.save_raw("ubj")), name

# The container's own metrics, by their definitions.
train, validation = halves(iris)
own = ["accuracy", "balanced_accuracy", "f1", "precision_micro", "precision_macro", "recall_macro"]
metrics, artifact = run(
    "own-metrics",
    {"num_round": 1, "max_depth": 1, "objective": "multi:softprob", "num_class": 3, "eval_metric": ",".join(own)},
    {"train": ("text/csv", csv(train)), "validation": ("text/csv", csv(validation))},
)
booster = xgb.Booster(model_file=bytearray(files_of(artifact)["xgboost-model"]))
truth, guess = validation[:, 0], booster.predict(dense(validation)).argmax(1)
hits = np.array([((truth == k) & (guess == k)).sum() for k in range(3)])
actual, predicted = np.bincount(truth.astype(int), minlength=3), np.bincount(guess, minlength=3)
precision, recall = hits / np.maximum(predicted, 1), hits / actual
expected = {
    "accuracy": hits.sum() / len(truth),
    "balanced_accuracy": recall.mean(),
    "f1": (2 * hits / (actual + predicted)).mean(),
    "precision_micro": hits.sum() / len(truth),
    "precision_macro": precision.mean(),
    "recall_macro": recall.mean(),
}
for metric, value in expected.items():
    assert abs(metrics[f"validation:{metric}"] - value) < 1e-5, (metric, metrics, value)
print(f"{len(grid) + 7} jobs equal Python's models")
