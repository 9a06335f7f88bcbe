"""Training on with the SageMaker Python SDK: model_uri for an earlier artifact, checkpoint_s3_uri, powers and products."""

import boto3
import numpy as np
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.serializers import CSVSerializer

session = sagemaker.Session()
bucket = session.default_bucket()
random = np.random.default_rng(3)
x = random.normal(size=(2000, 3)) * [1, 20, 5] + [0, 300, 2000]
z = (x - x.mean(0)) / x.std(0)
y = 2 * z[:, 0] - z[:, 1] * z[:, 2] + z[:, 2] ** 2 + 0.1 * random.normal(size=len(x))
text = "\n".join(",".join(map(str, [label, *row])) for label, row in zip(y, x))
boto3.client("s3").put_object(Bucket=bucket, Key="training-on/train/rows.csv", Body=text)
train = TrainingInput(f"s3://{bucket}/training-on/train", content_type="text/csv")


def estimator(**more):
    made = Estimator(
        sagemaker.image_uris.retrieve("linear-learner", session.boto_region_name),
        sagemaker.get_execution_role(),
        instance_count=1,
        instance_type="ml.c4.xlarge",
        output_path=f"s3://{bucket}/training-on/output",
        sagemaker_session=session,
        **more,
    )
    made.set_hyperparameters(
        predictor_type="regressor", optimizer="adam", num_models=1, epochs=3, polynomial_degree=2, interactions="1:2"
    )
    return made


def loss(made):
    metrics = made.latest_training_job.describe()["FinalMetricDataList"]
    return next(m["Value"] for m in metrics if m["MetricName"] == "train:objective_loss")


first = estimator(checkpoint_s3_uri=f"s3://{bucket}/training-on/checkpoints")
first.fit({"train": train}, logs=False)
kept = first.latest_training_job.describe()["CheckpointConfig"]
assert kept["S3Uri"] == f"s3://{bucket}/training-on/checkpoints", kept

second = estimator(model_uri=first.model_data)
second.fit({"train": train}, logs=False)
channels = {c["ChannelName"]: c for c in second.latest_training_job.describe()["InputDataConfig"]}
assert channels["model"]["ContentType"] == "application/x-sagemaker-model", channels
print("loss", loss(first), "then", loss(second))
assert loss(second) < loss(first)

predictor = second.deploy(1, "ml.m4.xlarge", serializer=CSVSerializer(), deserializer=JSONDeserializer())
scores = np.array([p["score"] for p in predictor.predict(x[:500])["predictions"]])
explained = 1 - ((scores - y[:500]) ** 2).mean() / y[:500].var()
print("explained", explained)
assert explained > 0.9
predictor.delete_model()
predictor.delete_endpoint()
