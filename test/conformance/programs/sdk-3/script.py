"""The SageMaker Python SDK 3: ModelTrainer runs a script of a folder, with its requirements, on a framework's image."""

# linnet image add sklearn

import os

import boto3
import pandas as pd
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, SourceCode

session = Session()
bucket, prefix = session.default_bucket(), "sdk-3-script"
boto3.client("s3").download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
table = pd.concat([(data[1] == "M").astype(int), data.iloc[:, 2:]], axis=1)
table.to_csv("train.csv", header=False, index=False)
source = session.upload_data("train.csv", bucket=bucket, key_prefix=f"{prefix}/train")
scripts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")


def trainer_of(name, source_code):
    return ModelTrainer(
        training_image="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3",
        source_code=source_code,
        role=get_execution_role(sagemaker_session=session),
        sagemaker_session=session,
        base_job_name=name,
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/{prefix}/output"),
        hyperparameters={"strength": 0.5},
    )


inputs = [InputData(channel_name="train", data_source=source)]
folder = os.path.join(scripts, "sklearn")
trainer = trainer_of("script", SourceCode(source_dir=folder, entry_script="train.py", requirements="requirements.txt"))
trainer.train(input_data_config=inputs)
job = trainer._latest_training_job
assert job.training_job_status == "Completed", job.failure_reason
logs = boto3.client("logs").filter_log_events(
    logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{job.training_job_name}/"
)
lines = [event["message"] for event in logs["events"]]
assert any(line.startswith("train_accuracy=0.9") for line in lines), lines

# What that job installed is not there for the next one.
other = trainer_of("command", SourceCode(source_dir=folder, command="python3 -c 'import sklearn, toolz'"))
try:
    other.train(input_data_config=inputs, logs=False)
    raise SystemExit("the image was changed")
except Exception as error:
    assert "Training Execution failed" in str(error), error
