"""Several hosts with the SageMaker Python SDK 2: a script and XGBoost train with instance_count=2, on sharded data."""

# linnet image add sklearn
# linnet image add xgboost

import io
import json
import os
import tarfile

import boto3
import pandas as pd
import sagemaker
from sagemaker.amazon.linear_learner import LinearLearner
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput

scripts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts")
session = sagemaker.Session()
sm, logs, s3 = (boto3.client(name) for name in ("sagemaker", "logs", "s3"))
role = sagemaker.get_execution_role()

s3.download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
table = pd.concat([(data[1] == "M").astype(int), data.iloc[:, 2:]], axis=1).sample(frac=1, random_state=1)
for at in range(4):
    part = table.iloc[at::4]
    part.to_csv(f"part-{at}.csv", header=False, index=False)
    session.upload_data(f"part-{at}.csv", key_prefix="several-hosts/train")
source = TrainingInput(
    f"s3://{session.default_bucket()}/several-hosts/train/", content_type="text/csv", distribution="ShardedByS3Key"
)


def describe(estimator):
    return sm.describe_training_job(TrainingJobName=estimator.latest_training_job.name)


def streams_of(estimator):
    name = estimator.latest_training_job.name
    found = logs.describe_log_streams(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=name + "/")
    return sorted(stream["logStreamName"].split("/")[1].rsplit("-", 1)[0] for stream in found["logStreams"])


def files_of(estimator):
    bucket, key = estimator.model_data.removeprefix("s3://").split("/", 1)
    archive = io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    with tarfile.open(fileobj=archive) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


# A script, by the SDK's plain estimator: that of scikit-learn takes one instance only
estimator = Estimator(
    sagemaker.image_uris.retrieve("sklearn", "us-east-1", version="1.4-2"),
    role,
    entry_point="hosts.py",
    source_dir=os.path.join(scripts, "sklearn"),
    instance_count=2,
    instance_type="ml.m5.large",
    sagemaker_session=session,
)
estimator.fit({"train": source}, logs=False)
assert json.loads(files_of(estimator)["rows.json"]) == {"rows": len(table), "hosts": ["algo-1", "algo-2"]}
assert streams_of(estimator) == ["algo-1", "algo-2"], streams_of(estimator)

# XGBoost, with the logs of both hosts in one place, as in a notebook
image = sagemaker.image_uris.retrieve("xgboost", "us-east-1", version="3.0-5")


def train(count, channel):
    trained = Estimator(
        image,
        role,
        instance_count=count,
        instance_type="ml.m5.large",
        sagemaker_session=session,
        hyperparameters={"objective": "binary:logistic", "num_round": 20, "max_depth": 4, "eval_metric": "logloss"},
    )
    trained.fit({"train": channel}, logs="All")
    (metric,) = describe(trained)["FinalMetricDataList"]
    return trained, metric["Value"]


one, loss_of_one = train(1, source)
two, loss_of_two = train(2, source)
print("log loss of one host", loss_of_one, "of two", loss_of_two)
assert abs(loss_of_two / loss_of_one - 1) < 0.1
assert list(files_of(two)) == ["xgboost-model"]
assert streams_of(two) == ["algo-1", "algo-2"]

# The Linear Learner, of which the SDK uploads a shard for each instance, behind a manifest
features, labels = table.iloc[:, 1:].to_numpy("float32"), table.iloc[:, 0].to_numpy("float32")
losses = []
for count in (1, 2):
    learner = LinearLearner(
        role,
        count,
        "ml.m5.large",
        predictor_type="binary_classifier",
        epochs=5,
        sagemaker_session=session,
    )
    records = learner.record_set(features, labels)
    assert records.num_records == len(table)
    learner.fit(records, mini_batch_size=50, logs=False)
    assert streams_of(learner) == [f"algo-{number + 1}" for number in range(count)]
    metrics = {each["MetricName"]: each["Value"] for each in describe(learner)["FinalMetricDataList"]}
    losses.append(metrics["train:objective_loss"])
print("objective of the Linear Learner on one host", losses[0], "on two", losses[1])
assert abs(losses[1] / losses[0] - 1) < 1e-6

# What needs all rows in one place is refused
try:
    Estimator(
        image,
        role,
        instance_count=2,
        instance_type="ml.m5.large",
        sagemaker_session=session,
        hyperparameters={"num_round": 2, "tree_method": "exact"},
    ).fit({"train": source})
    raise AssertionError("tree_method exact was accepted")
except sm.exceptions.ClientError as error:
    assert "tree_method exact needs all rows on one host" in str(error), error
print("several hosts: ok")
