"""The SageMaker Python SDK 3: its processors run scripts of a file and of a folder, on two instances."""

# linnet image add sklearn

import json
import os

import boto3
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.processing import FrameworkProcessor, ScriptProcessor
from sagemaker.core.resources import ProcessingJob
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output

session = Session()
bucket, prefix = session.default_bucket(), "sdk-3-processing"
scripts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "processing")
s3 = boto3.client("s3")
s3.download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
source = session.upload_data("wdbc.csv", bucket=bucket, key_prefix=f"{prefix}/rows")
common = dict(
    role=get_execution_role(sagemaker_session=session),
    image_uri="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3",
    command=["python3"],
    instance_type="ml.m5.large",
    sagemaker_session=session,
)


def input_of(name, uri, path, distribution="FullyReplicated"):
    return ProcessingInput(
        input_name=name,
        s3_input=ProcessingS3Input(
            s3_uri=uri,
            local_path=path,
            s3_data_type="S3Prefix",
            s3_input_mode="File",
            s3_data_distribution_type=distribution,
        ),
    )


def output_of(name):
    return ProcessingOutput(
        output_name=name,
        s3_output=ProcessingS3Output(
            s3_uri=f"s3://{bucket}/{prefix}/{name}",
            local_path=f"/opt/ml/processing/{name}",
            s3_upload_mode="EndOfJob",
        ),
    )


ScriptProcessor(instance_count=1, base_job_name="split", **common).run(
    code=os.path.join(scripts, "split.py"),
    inputs=[input_of("rows", source, "/opt/ml/processing/input")],
    outputs=[output_of("train"), output_of("test")],
    arguments=["--train-test-split-ratio", "0.2"],
)
found = {each["Key"].split("/", 1)[1] for each in s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/t")["Contents"]}
assert found == {"train/train.csv", "test/test.csv"}, found

# The same script on two instances, each with its share of the rows.
framework = FrameworkProcessor(instance_count=2, base_job_name="evaluate", **common)
for name in ("train", "test"):
    s3.copy({"Bucket": bucket, "Key": f"{prefix}/{name}/{name}.csv"}, bucket, f"{prefix}/both/{name}.csv")
framework.run(
    code="evaluate.py",
    source_dir=scripts,
    inputs=[input_of("both", f"s3://{bucket}/{prefix}/both/", "/opt/ml/processing/input/rows", "ShardedByS3Key")],
    outputs=[output_of("evaluation")],
    logs=False,
)
job = ProcessingJob.get(framework.latest_job.processing_job_name)
assert (job.processing_job_status, job.exit_message) == ("Completed", "evaluated"), job
report = json.loads(s3.get_object(Bucket=bucket, Key=f"{prefix}/evaluation/report.json")["Body"].read())
# Both write the same file: that of the last instance is kept.
assert (report["host"], report["hosts"], report["rows"]) == ("algo-2", ["algo-1", "algo-2"], 455), report
