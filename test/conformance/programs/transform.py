"""Batch transform with the SageMaker Python SDK 2: transformers of an estimator, of a model and by name, as the published examples run them."""

# linnet image add sklearn

import io
import json
import os
import time

import boto3
import numpy as np
import pandas as pd
import sagemaker
from sagemaker import LinearLearner
from sagemaker.amazon.common import RecordSerializer, read_recordio
from sagemaker.amazon.record_pb2 import Record
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.inputs import BatchDataCaptureConfig
from sagemaker.sklearn import SKLearn
from sagemaker.transformer import Transformer

scripts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts")
session = sagemaker.Session()
sm, s3, logs = (boto3.client(name) for name in ("sagemaker", "s3", "logs"))
role = sagemaker.get_execution_role()
bucket = session.default_bucket()

s3.download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
y = (data[1] == "M").to_numpy(dtype="float32")
x = data.iloc[:, 2:].to_numpy(dtype="float32")
train, test = np.arange(455), np.arange(455, len(y))


def upload(name, text, prefix):
    s3.put_object(Bucket=bucket, Key=f"transform/{prefix}/{name}", Body=text)
    return f"s3://{bucket}/transform/{prefix}/"


def read(uri):
    found, key = uri.removeprefix("s3://").split("/", 1)
    return s3.get_object(Bucket=found, Key=key)["Body"].read()


def lines(uri):
    return read(uri).decode().splitlines()


learner = LinearLearner(role, 1, "ml.c4.xlarge", predictor_type="binary_classifier", num_models=4, sagemaker_session=session)
learner.fit(learner.record_set(x[train], labels=y[train]), mini_batch_size=100, logs=False)

# estimator.transformer(): two objects of CSV, with logs, answers in JSON Lines
rows = [",".join(map(str, row)) for row in x[test].tolist()]
source = upload("one.csv", "\n".join(rows[:50]) + "\n", "csv")
upload("deep/two.csv", "\n".join(rows[50:]), "csv")
transformer = learner.transformer(1, "ml.m4.xlarge", accept="application/jsonlines", assemble_with="Line")
transformer.transform(source, content_type="text/csv", split_type="Line", wait=True, logs=True)
answers = [json.loads(line) for name in ("one.csv", "deep/two.csv") for line in lines(f"{transformer.output_path}/{name}.out")]
assert len(answers) == len(test), len(answers)
labels = np.array([answer["predicted_label"] for answer in answers])
accuracy = (labels == y[test]).mean()
print("accuracy", accuracy)
assert accuracy > 0.9
job = sm.describe_transform_job(TransformJobName=transformer.latest_transform_job.name)
assert job["TransformJobStatus"] == "Completed" and job["TransformEndTime"] >= job["TransformStartTime"], job
streams = logs.describe_log_streams(logGroupName="/aws/sagemaker/TransformJobs", logStreamNamePrefix=job["TransformJobName"] + "/")
assert [name["logStreamName"].endswith("/data-log") for name in streams["logStreams"]] == [False, True], streams

# The same model by its name: ids are left out of the input and joined with the answers, and data are captured
ids = [json.dumps({"id": f"row-{at}", "features": row}) for at, row in enumerate(x[test].tolist())]
source = upload("ids.jsonl", "\n".join(ids) + "\n", "ids")
captured = f"s3://{bucket}/transform/captured"
by_name = Transformer(
    job["ModelName"],
    1,
    "ml.m4.xlarge",
    strategy="MultiRecord",
    assemble_with="Line",
    accept="application/jsonlines",
    output_path=f"s3://{bucket}/transform/joined",
    max_payload=1,
    max_concurrent_transforms=2,
    sagemaker_session=session,
)
by_name.transform(
    source,
    content_type="application/jsonlines",
    split_type="Line",
    join_source="Input",
    output_filter="$['id','SageMakerOutput']",
    model_client_config={"InvocationsTimeoutInSeconds": 60, "InvocationsMaxRetries": 1},
    batch_data_capture_config=BatchDataCaptureConfig(destination_s3_uri=captured, generate_inference_id=True),
    logs=False,
)
joined = [json.loads(line) for line in lines(f"s3://{bucket}/transform/joined/ids.jsonl.out")]
assert [row["id"] for row in joined] == [f"row-{at}" for at in range(len(test))]
assert [row["SageMakerOutput"]["predicted_label"] for row in joined] == labels.tolist()
assert len({row["SageMakerInferenceId"] for row in joined}) == len(test)
manifests = s3.list_objects_v2(Bucket=bucket, Prefix="transform/captured/")["Contents"]
assert [json.loads(read(f"s3://{bucket}/{found['Key']}"))[1] for found in manifests] == ["ids.jsonl", "ids.jsonl.out"]

attached = Transformer.attach(by_name.latest_transform_job.name, sagemaker_session=session)
assert (attached.model_name, attached.strategy, attached.output_path) == (by_name.model_name, "MultiRecord", by_name.output_path)

# RecordIO both ways
source = upload("rows.pbr", RecordSerializer().serialize(x[test]), "pbr")
pbr = Transformer(job["ModelName"], 1, "ml.m4.xlarge", accept="application/x-recordio-protobuf", sagemaker_session=session)
pbr.transform(source, content_type="application/x-recordio-protobuf", split_type="RecordIO", logs=False)
predicted = []
for payload in read_recordio(io.BytesIO(read(f"{pbr.output_path}/rows.pbr.out"))):
    record = Record()
    record.ParseFromString(payload)
    predicted.append(record.label["predicted_label"].float32_tensor.values[0])
assert predicted == labels.tolist()

# model.transformer(): a script of scikit-learn, a row at a time beside its id
table = pd.DataFrame(np.column_stack([y[train], x[train]]))
table.to_csv("train.csv", header=False, index=False)
forest = SKLearn(
    entry_point="train.py",
    source_dir=os.path.join(scripts, "sklearn"),
    framework_version="1.4-2",
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    hyperparameters={"strength": 0.5},
    sagemaker_session=session,
)
forest.fit({"train": session.upload_data("train.csv", key_prefix="transform/script")}, logs=False)
source = upload("rows.csv", "".join(f"{at},{row}\n" for at, row in enumerate(rows)), "scripted")
scripted = forest.create_model().transformer(2, "ml.m5.large", accept="text/csv", assemble_with="Line", strategy="MultiRecord")
scripted.transform(source, content_type="text/csv", split_type="Line", input_filter="$[1:]", join_source="Input", output_filter="$[0,-1]")
kept = pd.read_csv(io.BytesIO(read(f"{scripted.output_path}/rows.csv.out")), header=None)
assert kept[0].tolist() == list(range(len(test))), kept
print("script's accuracy", (kept[1] == y[test]).mean())
assert (kept[1] == y[test]).mean() > 0.9

# A bad row fails its job with AWS's words; a setting of Linnet's goes on past it
source = upload("bad.csv", f"{rows[0]}\nnonsense\n{rows[1]}\n", "bad")
bad = Transformer(job["ModelName"], 1, "ml.m4.xlarge", accept="application/jsonlines", sagemaker_session=session)
try:
    bad.transform(source, content_type="text/csv", split_type="Line", logs=False)
except UnexpectedStatusException as error:
    assert "Failed. Reason: ClientError: See job logs for more information" in str(error), error
else:
    raise AssertionError("the bad row was taken")
bad.env = {"LINNET_RECORD_ERRORS": "skip"}
bad.transform(source, content_type="text/csv", split_type="Line", wait=False)
sm.get_waiter("transform_job_completed_or_stopped").wait(TransformJobName=bad.latest_transform_job.name)
assert len(lines(f"{bad.output_path}/bad.csv.out")) == 2
(error,) = map(json.loads, lines(f"{bad.output_path}/bad.csv.out.errors"))
assert (error["record"], error["input"]) == (2, "nonsense") and error["error"].startswith("ClientError: 400"), error

# Stopping: what has ended cannot be stopped, and the SDK does not mind
bad.stop_transform_job()
listed = sm.list_transform_jobs(NameContains="linear-learner", SortBy="CreationTime", SortOrder="Ascending", MaxResults=100)
assert {each["TransformJobStatus"] for each in listed["TransformJobSummaries"]} == {"Completed", "Failed"}, listed
try:
    sm.describe_transform_job(TransformJobName="no-such-job")
except sm.exceptions.ClientError as error:
    assert error.response["Error"]["Code"] == "ValidationException", error
    assert error.response["Error"]["Message"].startswith("Could not find requested job"), error
print("took", time.process_time())
