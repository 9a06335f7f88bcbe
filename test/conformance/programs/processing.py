"""Processing jobs with the SageMaker Python SDK 2: scripts on a framework's image, as the published examples run them."""

# linnet image add sklearn

import io
import json
import os
import time

import boto3
import pandas as pd
import sagemaker
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.processing import FrameworkProcessor, Processor, ProcessingInput, ProcessingJob, ProcessingOutput, ScriptProcessor
from sagemaker.sklearn import SKLearn
from sagemaker.sklearn.processing import SKLearnProcessor

scripts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts", "processing")
session = sagemaker.Session()
sm, s3 = (boto3.client(name) for name in ("sagemaker", "s3"))
role = sagemaker.get_execution_role()
common = dict(role=role, instance_type="ml.m5.xlarge", instance_count=1, sagemaker_session=session)

s3.download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
source = session.upload_data("wdbc.csv", key_prefix="processing")


def read(uri):
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


# scikit-learn's own processor, with logs; an experiment that is named must be there
sm.create_experiment(ExperimentName="splits")
processor = SKLearnProcessor(framework_version="1.4-2", base_job_name="split", **common)
processor.run(
    code=os.path.join(scripts, "split.py"),
    inputs=[ProcessingInput(source=source, destination="/opt/ml/processing/input")],
    outputs=[
        ProcessingOutput(output_name="train_data", source="/opt/ml/processing/train"),
        ProcessingOutput(output_name="test_data", source="/opt/ml/processing/test"),
    ],
    arguments=["--train-test-split-ratio", "0.2"],
    experiment_config={"ExperimentName": "splits"},
)
description = processor.jobs[-1].describe()
assert description["ProcessingJobStatus"] == "Completed", description
assert description["ExperimentConfig"] == {"ExperimentName": "splits"}
uris = {
    output["OutputName"]: output["S3Output"]["S3Uri"] for output in description["ProcessingOutputConfig"]["Outputs"]
}
tables = {
    name: pd.read_csv(io.BytesIO(read(f"{uris[f'{name}_data']}/{name}.csv")), header=None) for name in ("train", "test")
}
assert (tables["train"].shape, tables["test"].shape) == ((455, 31), (114, 31)), tables
assert abs(tables["train"][1].mean()) < 1e-9

# Any script on any image, without logs; the next job reads what the first one made.
image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
script = ScriptProcessor(image_uri=image, command=["python3"], base_job_name="fails", max_runtime_in_seconds=600, **common)
try:
    script.run(code=os.path.join(scripts, "fail.py"), logs=False)
    raise SystemExit("the script failed, and its job did not")
except UnexpectedStatusException as error:
    assert "no such column" in str(error) and "exit code: 1" in str(error), error

# A folder with modules and requirements
framework = FrameworkProcessor(
    estimator_cls=SKLearn, framework_version="1.4-2", base_job_name="evaluate", env={"SETTING": "a b"}, **common
)
framework.run(
    code="evaluate.py",
    source_dir=scripts,
    inputs=[ProcessingInput(source=uris["train_data"], destination="/opt/ml/processing/input/rows")],
    outputs=[ProcessingOutput(source="/opt/ml/processing/evaluation", output_name="evaluation")],
    arguments=["--deep", "yes"],
    wait=False,
)
name = framework.latest_job.job_name
sm.get_waiter("processing_job_completed_or_stopped").wait(ProcessingJobName=name)
job = ProcessingJob.from_processing_name(session, name)
description = job.describe()
assert description["ProcessingJobStatus"] == "Completed", description
assert description["ExitMessage"] == "evaluated"
report = json.loads(read(f"{job.outputs[0].destination}/report.json"))
toolz = report.pop("toolz")
assert toolz, report
assert report == {
    "job": name,
    "host": "algo-1",
    "hosts": ["algo-1"],
    "arguments": ["--deep", "yes"],
    "setting": "a b",
    "rows": 455,
    "greeting": "from beside",
}, report

# A plain entry point; its output is stored while it runs; it is stopped.
plain = Processor(image_uri=image, entrypoint=["python3", "/opt/ml/processing/input/code/wait.py"], **common)
plain.run(
    inputs=[ProcessingInput(source=os.path.join(scripts, "wait.py"), destination="/opt/ml/processing/input/code")],
    outputs=[
        ProcessingOutput(
            source="/opt/ml/processing/seen",
            destination=f"s3://{session.default_bucket()}/processing/seen",
            s3_upload_mode="Continuous",
        )
    ],
    wait=False,
    logs=False,
)
for _ in range(200):
    found = s3.list_objects_v2(Bucket=session.default_bucket(), Prefix="processing/seen/")
    if found["KeyCount"] > 0:
        break
    time.sleep(0.2)
assert [each["Key"] for each in found["Contents"]] == ["processing/seen/early.txt"], found
plain.latest_job.stop()
sm.get_waiter("processing_job_completed_or_stopped").wait(ProcessingJobName=plain.latest_job.job_name)
assert plain.latest_job.describe()["ProcessingJobStatus"] == "Stopped"

summaries = sm.list_processing_jobs(StatusEquals="Completed", NameContains="evaluate")["ProcessingJobSummaries"]
assert [(each["ProcessingJobName"], each["ExitMessage"]) for each in summaries] == [(name, "evaluated")], summaries
