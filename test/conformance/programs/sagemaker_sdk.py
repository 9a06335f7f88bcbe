"""The SageMaker Python SDK's own classes: fit with logs, deploy, predict, attach, clean up."""

import boto3
import numpy as np
import pandas as pd
import sagemaker
from sagemaker import LinearLearner
from sagemaker.deserializers import JSONDeserializer
from sagemaker.serializers import CSVSerializer

session = sagemaker.Session()
boto3.client("s3").download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
y = (data[1] == "M").to_numpy(dtype="float32")
x = data.iloc[:, 2:].to_numpy(dtype="float32")
order = np.random.default_rng(1).permutation(len(y))
train, validation, test = order[:455], order[455:512], order[512:]

learner = LinearLearner(
    role=sagemaker.get_execution_role(),
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

predictor = learner.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge")
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
