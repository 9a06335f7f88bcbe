"""The SageMaker Python SDK's own classes: a role by name, fit with logs, deploy, predict, attach, clean up."""

import json
import time
import unittest.mock

import boto3
import numpy as np
import pandas as pd
import sagemaker
from sagemaker import LinearLearner
from sagemaker.deserializers import JSONDeserializer
from sagemaker.serializers import CSVSerializer

session = sagemaker.Session()

# A role as set-up code makes it; the SDK looks its ARN up by the name.
iam = boto3.client("iam")
full_access = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
role = iam.create_role(RoleName="SageMakerRole", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
assert role["AssumeRolePolicyDocument"] == trust, role
iam.get_waiter("role_exists").wait(RoleName="SageMakerRole")
iam.attach_role_policy(RoleName="SageMakerRole", PolicyArn=full_access)
assert [p.arn for p in boto3.resource("iam").Role("SageMakerRole").attached_policies.all()] == [full_access]

boto3.client("s3").download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
y = (data[1] == "M").to_numpy(dtype="float32")
x = data.iloc[:, 2:].to_numpy(dtype="float32")
order = np.random.default_rng(1).permutation(len(y))
train, validation, test = order[:455], order[455:512], order[512:]

learner = LinearLearner(
    role="SageMakerRole",
    instance_count=1,
    instance_type="ml.c4.xlarge",
    predictor_type="binary_classifier",
    num_models=8,
    epochs=10,
    sagemaker_session=session,
)
learner.fit(
    [
        learner.record_set(x[train], labels=y[train]),
        learner.record_set(x[validation], labels=y[validation], channel="validation"),
        learner.record_set(x[test], labels=y[test], channel="test"),
    ],
    mini_batch_size=100,
    logs=True,
)
job = learner.latest_training_job.name
assert boto3.client("sagemaker").describe_training_job(TrainingJobName=job)["RoleArn"] == role["Arn"]

# The SDK's loop would sleep 30 s before it looks for the first time.
with unittest.mock.patch("sagemaker.session.time.sleep", wraps=time.sleep) as sleep:
    predictor = learner.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge")
assert [call.args for call in sleep.mock_calls] == [(0.5,)], sleep.mock_calls
records = predictor.predict(x[test])
scores = np.array([r.label["score"].float32_tensor.values[0] for r in records])
labels = np.array([r.label["predicted_label"].float32_tensor.values[0] for r in records])
assert scores.shape == y[test].shape and ((scores >= 0) & (scores <= 1)).all()
accuracy = (labels == y[test]).mean()
print("accuracy", accuracy)
assert accuracy > 0.9

# The same endpoint with other serializers
predictor.serializer, predictor.deserializer = CSVSerializer(), JSONDeserializer()
answer = predictor.predict(x[test][:3])
assert [set(p) for p in answer["predictions"]] == [{"score", "predicted_label"}] * 3
assert np.allclose([p["score"] for p in answer["predictions"]], scores[:3], atol=1e-6)

attached = LinearLearner.attach(job, sagemaker_session=session)
assert attached.model_data == learner.model_data
assert attached.hyperparameters()["predictor_type"] == "binary_classifier"

sm = boto3.client("sagemaker")
name = predictor.endpoint_name
model = sm.describe_endpoint_config(EndpointConfigName=name)["ProductionVariants"][0]["ModelName"]
predictor.delete_model()
predictor.delete_endpoint()
for gone in (lambda: sm.describe_model(ModelName=model), lambda: sm.describe_endpoint_config(EndpointConfigName=name)):
    try:
        gone()
    except sm.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "ValidationException", error
        assert "Could not find" in error.response["Error"]["Message"], error
    else:
        raise AssertionError("still there")

iam.detach_role_policy(RoleName="SageMakerRole", PolicyArn=full_access)
iam.delete_role(RoleName="SageMakerRole")
