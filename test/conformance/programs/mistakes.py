"""Mistakes people make, and the answers that tell them what to change."""

import os

import boto3
import numpy as np
import sagemaker
from botocore.exceptions import ClientError
from sagemaker import image_uris

sm, s3, runtime = boto3.client("sagemaker"), boto3.client("s3"), boto3.client("sagemaker-runtime")
region, role = boto3.Session().region_name, sagemaker.get_execution_role()
bucket = sagemaker.Session().default_bucket()
image = image_uris.retrieve("linear-learner", region)
run = os.urandom(4).hex()
rng = np.random.default_rng(3)
table = np.column_stack([rng.integers(0, 2, 60), rng.normal(size=(60, 4))])
good = "\n".join(",".join(f"{value:g}" for value in row) for row in table) + "\n"


def data(name, body):
    s3.put_object(Bucket=bucket, Key=f"{run}/{name}/part-0", Body=body)
    return f"s3://{bucket}/{run}/{name}/"


def arguments(name, uri, content_type="text/csv", image=image, **hyperparameters):
    return dict(
        TrainingJobName=f"{name}-{run}",
        RoleArn=role,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.c4.xlarge", "VolumeSizeInGB": 10},
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": content_type,
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/{run}/"},
        HyperParameters={"predictor_type": "binary_classifier", "mini_batch_size": "10", **hyperparameters},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )


def refused(code, *words, call, **named):
    try:
        call(**named)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, error
        assert all(word in found["Message"] for word in words), error
        return
    raise AssertionError(f"{code} expected")


def fails(*words, **named):
    sm.create_training_job(**named)
    try:
        sm.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=named["TrainingJobName"])
    except Exception:
        pass
    job = sm.describe_training_job(TrainingJobName=named["TrainingJobName"])
    assert job["TrainingJobStatus"] == "Failed", job["TrainingJobStatus"]
    assert job["FailureReason"].startswith("ClientError"), job["FailureReason"]
    assert all(word in job["FailureReason"] for word in words), (words, job["FailureReason"])
    print(job["FailureReason"])


fine = data("fine", good)
# Refused at once, all at once
refused(
    "ValidationException",
    "2 validation errors detected",
    "trainingJobName",
    "trainingInputMode",
    call=sm.create_training_job,
    **{
        **arguments("x", fine),
        "TrainingJobName": "no_underscores",
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "Telepathy"},
    },
)
refused("ValidationException", "No S3 objects found", call=sm.create_training_job, **arguments("none", f"s3://{bucket}/{run}/nothing/"))
refused("ValidationException", "linear-learner", call=sm.create_training_job, **arguments("img", fine, image="1.dkr.ecr/own:1"))
refused("ValidationException", "epochs", "lerning_rate", call=sm.create_training_job, **arguments("hp", fine, epochs="-1", lerning_rate="1"))
refused("ValidationException", "Requested resource not found", call=sm.describe_training_job, TrainingJobName="nobody")
refused("ValidationException", "Could not find model", call=sm.describe_model, ModelName="nobody")
refused("ValidationException", "Could not find endpoint", call=sm.delete_endpoint, EndpointName="nobody")
refused("ValidationError", "not found", call=runtime.invoke_endpoint, EndpointName="nobody", Body=b"1")

# Failed, naming the place
lines = good.splitlines()
fails("ow 3", "abc", **arguments("cell", data("cell", "\n".join([*lines[:2], "1,abc,2,3,4", *lines[3:]]))))
fails("ow 3", **arguments("ragged", data("ragged", "\n".join([*lines[:2], "1,2", *lines[3:]]))))
fails("nan", **arguments("nan", data("nan", "\n".join([*lines[:2], "1,nan,2,3,4", *lines[3:]]))))
fails("7", "0", "1", **arguments("label", data("label", "7,1,2,3,4\n" + good)))
fails("5", "4", **arguments("dim", fine, feature_dim="5"))
fails("text/csv", **arguments("type", fine, content_type="csv"))
fails("wdbc.csv", **arguments("sample", f"s3://sagemaker-example-files-prod-{region}/datasets/tabular/breast_cancer/"))
fails(**arguments("random", data("random", os.urandom(10 * 1024 * 1024)), content_type="application/x-recordio-protobuf"))

# A good job, twice under one name, and an endpoint asked wrongly
job = arguments("good", fine)
sm.create_training_job(**job)
refused("ResourceInUse", "already exists", call=sm.create_training_job, **job)
sm.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=job["TrainingJobName"])
refused("ValidationException", "Completed", call=sm.stop_training_job, TrainingJobName=job["TrainingJobName"])
artifact = sm.describe_training_job(TrainingJobName=job["TrainingJobName"])["ModelArtifacts"]["S3ModelArtifacts"]
name = f"good-{run}"
sm.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": image, "ModelDataUrl": artifact})
sm.create_endpoint_config(
    EndpointConfigName=name,
    ProductionVariants=[{"VariantName": "a", "ModelName": name, "InstanceType": "ml.m4.xlarge", "InitialInstanceCount": 1}],
)
sm.create_endpoint(EndpointName=name, EndpointConfigName=name)
sm.get_waiter("endpoint_in_service").wait(EndpointName=name)
ask = dict(call=runtime.invoke_endpoint, EndpointName=name)
refused("ModelError", "400", "feature dimension", "3", "4", **ask, ContentType="text/csv", Body=b"1,2,3")
refused("ModelError", "400", **ask, ContentType="application/json", Body=b"{")
refused("ModelError", "415", **ask, ContentType="image/png", Body=b"1,2,3,4")
try:
    runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=b"1" * (6 * 1024 * 1024 + 1))
    raise AssertionError("too much was accepted")
except ClientError as error:
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 413), error
assert runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=b"1,2,3,4")["Body"].read()
sm.delete_endpoint(EndpointName=name)

# What Amazon has and Linnet has not
try:
    sm.create_notebook_instance(NotebookInstanceName="n", InstanceType="ml.t2.medium", RoleArn=role)
    raise AssertionError("a notebook instance was made")
except ClientError as error:
    assert "CreateNotebookInstance" in str(error) and error.response["Error"]["Code"] == "UnknownOperationException", error
