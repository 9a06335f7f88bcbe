"""PipelineModel of the SageMaker Python SDK 2: a scikit-learn script prepares what a Linear Learner predicts from."""

# linnet image add sklearn

import json
import os

import boto3
import pandas as pd
import sagemaker
from sagemaker.pipeline import PipelineModel
from sagemaker.sklearn import SKLearn

scripts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts")
session = sagemaker.Session()
sm, runtime, logs = (boto3.client(name) for name in ("sagemaker", "sagemaker-runtime", "logs"))
role = sagemaker.get_execution_role()

boto3.client("s3").download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
table = pd.concat([(data[1] == "M").astype(int), data.iloc[:, 2:]], axis=1).sample(frac=1, random_state=1)
train, test = table[:455], table[455:]
y = test.iloc[:, 0].to_numpy()


def upload(name, rows):
    rows.to_csv(f"{name}.csv", header=False, index=False)
    return session.upload_data(f"{name}.csv", key_prefix=f"inference-pipeline/{name}")


preprocessor = SKLearn(
    entry_point="preprocess.py",
    source_dir=os.path.join(scripts, "preprocess"),
    framework_version="1.4-2",
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    sagemaker_session=session,
)
preprocessor.fit({"train": upload("raw", train)}, logs=False)

features = train.iloc[:, 1:]
scaled = pd.concat([train.iloc[:, 0], (features - features.mean()) / features.std(ddof=0)], axis=1)
learner = sagemaker.estimator.Estimator(
    sagemaker.image_uris.retrieve("linear-learner", session.boto_region_name),
    role,
    instance_count=1,
    instance_type="ml.m5.large",
    hyperparameters={"predictor_type": "binary_classifier", "normalize_data": "false"},
    sagemaker_session=session,
)
learner.fit({"train": sagemaker.inputs.TrainingInput(upload("scaled", scaled), content_type="text/csv")}, logs=False)


def invoke(name, body):
    answer = runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType="text/csv", Accept="application/json")
    return [row["predicted_label"] for row in json.load(answer["Body"])["predictions"]]


# The type between the containers is the script's own, JSON here, or what the model's environment says.
for name, env in (("pipeline-json", {}), ("pipeline-csv", {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"})):
    first = preprocessor.create_model(env=env)
    pipeline = PipelineModel([first, learner.create_model()], role, name=name, sagemaker_session=session)
    pipeline.deploy(1, "ml.m5.large", endpoint_name=name, wait=False)
    sm.get_waiter("endpoint_in_service").wait(EndpointName=name)
    accuracy = (invoke(name, test.iloc[:, 1:].to_csv(header=False, index=False)) == y).mean()
    print(name, accuracy)
    assert accuracy > 0.93
    try:
        invoke(name, "a,b\n")
        raise SystemExit("cells that are not numbers were answered")
    except runtime.exceptions.ModelError as error:
        assert "from container-1 with message" in str(error), error
    streams = logs.describe_log_streams(logGroupName=f"/aws/sagemaker/Endpoints/{name}")["logStreams"]
    ends = sorted(stream["logStreamName"].split("/")[-1] for stream in streams)
    assert ends == ["container-1", "container-2"], ends
    sm.delete_endpoint(EndpointName=name)
