"""Script mode with the SageMaker Python SDK 2: estimators of frameworks train scripts, and their endpoints serve them."""

# linnet image add sklearn
# linnet image add xgboost-script
# linnet image add mxnet

import io
import json
import os
import time

import boto3
import numpy as np
import pandas as pd
import sagemaker
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.mxnet import MXNet
from sagemaker.sklearn import SKLearn
from sagemaker.xgboost import XGBoost

scripts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts")
session = sagemaker.Session()
sm, runtime, logs = (boto3.client(name) for name in ("sagemaker", "sagemaker-runtime", "logs"))
role = sagemaker.get_execution_role()

boto3.client("s3").download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
table = pd.concat([(data[1] == "M").astype(int), data.iloc[:, 2:]], axis=1).sample(frac=1, random_state=1)
train, test = table[:455], table[455:]
x, y = test.iloc[:, 1:].to_numpy(), test.iloc[:, 0].to_numpy()
train.to_csv("train.csv", header=False, index=False)
source = session.upload_data("train.csv", key_prefix="script-mode/train")


def common(framework, **hyperparameters):
    return dict(
        role=role,
        instance_count=1,
        instance_type="ml.m5.large",
        source_dir=os.path.join(scripts, framework),
        hyperparameters=hyperparameters,
        sagemaker_session=session,
    )


def lines_of(job):
    events = logs.filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=job + "/")["events"]
    return [event["message"] for event in events]


def metrics_of(estimator):
    described = sm.describe_training_job(TrainingJobName=estimator.latest_training_job.name)
    return {metric["MetricName"]: metric["Value"] for metric in described.get("FinalMetricDataList", [])}


def deploy(model_data_of, name):
    """As the SDK's own deploy, which sleeps for half a minute before its first look."""
    model = model_data_of.create_model(name=name)
    model.sagemaker_session = session
    definition = model.prepare_container_def("ml.m5.large")
    session.create_model(name, role, definition)
    variant = sagemaker.production_variant(name, "ml.m5.large", 1)
    session.sagemaker_client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sm.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sm.get_waiter("endpoint_in_service").wait(EndpointName=name)


def invoke(name, body, content_type, accept="application/json"):
    answer = runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType=content_type, Accept=accept)
    return answer["Body"].read().decode(), answer["ContentType"]


# scikit-learn: modules beside the entry, a requirement, hyperparameters of several kinds, the job's own metric
definitions = [{"Name": "train:accuracy", "Regex": "train_accuracy=([0-9.]+);"}]
estimator = SKLearn(
    entry_point="train.py", framework_version="1.4-2", metric_definitions=definitions, **common("sklearn", strength=0.5)
)
estimator.fit({"train": source})
lines = lines_of(estimator.latest_training_job.name)
assert any('hosts ["algo-1"]' in line and '{"strength":0.5}' in line for line in lines), lines
assert metrics_of(estimator)["train:accuracy"] > 0.97, metrics_of(estimator)

predictor = estimator.deploy(1, "ml.m5.large")
accuracy = (predictor.predict(x) == y).mean()
print("scikit-learn", accuracy)
assert accuracy > 0.95
name = predictor.endpoint_name
csv = test.iloc[:2, 1:].to_csv(header=False, index=False)
assert invoke(name, csv, "text/csv", "text/csv") == ("".join(f"{label}\n" for label in y[:2]), "text/csv")
assert json.loads(invoke(name, csv, "text/csv")[0]) == y[:2].tolist()
assert json.loads(invoke(name, csv, "text/csv; charset=utf-8")[0]) == y[:2].tolist()
assert json.loads(invoke(name, csv.split("\n")[0], "text/csv")[0]) == y[:1].tolist()
pickled = io.BytesIO()
np.save(pickled, np.array([{}], dtype=object))
for body, content_type, status, text in (
    (pickled.getvalue(), "application/x-npy", 500, "allow_pickle=False"),
    ("1\n2", "text/csv", 500, "has 1 features"),
    (" ", "text/csv", 500, "no rows of CSV"),
    ("nonsense", "text/csv", 500, "ValueError"),
    ("{", "application/json", 500, "JSONDecodeError"),
    ("x", "image/png", 415, "image/png is not supported"),
):
    try:
        invoke(name, body, content_type)
        raise SystemExit(f"{body} was answered")
    except runtime.exceptions.ModelError as error:
        assert error.response["OriginalStatusCode"] == status, error.response
        assert text in error.response["OriginalMessage"], error.response
        assert "Traceback" not in error.response["OriginalMessage"], error.response
# Lines of a log can be read a moment after they were printed.
until = time.monotonic() + 10
while not any(
    "Traceback" in event["message"]
    for event in logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")["events"]
):
    assert time.monotonic() < until, "the log of the endpoint has no traceback"
    time.sleep(0.1)
predictor.delete_model()
predictor.delete_endpoint()

# A script that fails says why in FailureReason.
failing = SKLearn(entry_point="train.py", framework_version="1.4-2", **common("sklearn", fail="the reason, as it is"))
try:
    failing.fit({"train": source}, logs=False)
    raise SystemExit("the script did not fail")
except UnexpectedStatusException as error:
    assert "ExecuteUserScriptError" in str(error) and "ValueError: the reason, as it is" in str(error), error

# A script that is stopped keeps what it has.
slow = SKLearn(entry_point="slow.py", framework_version="1.4-2", **common("sklearn"))
slow.fit({"train": source}, wait=False)
job = slow.latest_training_job.name
for _ in range(600):
    try:
        if "waiting for a stop" in lines_of(job):
            break
    except logs.exceptions.ResourceNotFoundException:
        pass
    time.sleep(0.1)
sm.stop_training_job(TrainingJobName=job)
sm.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=job)
described = sm.describe_training_job(TrainingJobName=job)
assert described["TrainingJobStatus"] == "Stopped", described
assert "kept what there was" in lines_of(job), lines_of(job)
assert described["ModelArtifacts"]["S3ModelArtifacts"].endswith("model.tar.gz"), described

# A version that was not added is refused with what to type.
try:
    SKLearn(entry_point="train.py", framework_version="1.2-1", **common("sklearn")).fit({"train": source})
    raise SystemExit("1.2-1 was accepted")
except sm.exceptions.ClientError as error:
    assert "linnet image add sklearn --version 1.2.1" in str(error), error

# XGBoost by a script, not by the built-in algorithm of the same image name
estimator = XGBoost(
    entry_point="train.py", framework_version="3.0-5", **common("xgboost", max_depth=4, num_round=30)
)
estimator.fit({"train": source}, logs=False)
deploy(estimator, "script-xgboost")
answer, _ = invoke("script-xgboost", test.iloc[:, 1:].to_csv(header=False, index=False), "text/csv")
accuracy = ((np.array(json.loads(answer)) > 0.5) == y).mean()
print("XGBoost", accuracy)
assert accuracy > 0.93
sm.delete_endpoint(EndpointName="script-xgboost")

# MXNet: a Gluon net
definitions = [{"Name": "train:loss", "Regex": "train_loss=([0-9.]+);"}]
estimator = MXNet(
    entry_point="train.py",
    framework_version="1.9.1",
    py_version="py38",
    image_uri="763104351884.dkr.ecr.us-east-1.amazonaws.com/mxnet-training:1.9.1-cpu-py38",
    metric_definitions=definitions,
    **common("mxnet", epochs=40),
)
estimator.fit({"train": source}, logs=False)
assert metrics_of(estimator)["train:loss"] < 0.1, metrics_of(estimator)
sm.create_model(
    ModelName="script-mxnet",
    ExecutionRoleArn=role,
    PrimaryContainer={
        "Image": "763104351884.dkr.ecr.us-east-1.amazonaws.com/mxnet-inference:1.9.1-cpu-py38",
        "ModelDataUrl": estimator.model_data,
        "Environment": {
            "SAGEMAKER_PROGRAM": "train.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": estimator.uploaded_code.s3_prefix,
            "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
        },
    },
)
variant = sagemaker.production_variant("script-mxnet", "ml.m5.large", 1)
sm.create_endpoint_config(EndpointConfigName="script-mxnet", ProductionVariants=[variant])
sm.create_endpoint(EndpointName="script-mxnet", EndpointConfigName="script-mxnet")
sm.get_waiter("endpoint_in_service").wait(EndpointName="script-mxnet")
answer, _ = invoke("script-mxnet", json.dumps(x.tolist()), "application/json")
accuracy = ((np.array(json.loads(answer)) > 0.5) == y).mean()
print("MXNet", accuracy)
assert accuracy > 0.93
sm.delete_endpoint(EndpointName="script-mxnet")
