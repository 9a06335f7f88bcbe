"""Breast cancer prediction, step by step, as a data scientist writes it against Amazon: nothing here knows Linnet."""

import io
import json
import time

import boto3
import numpy as np
import pandas as pd
import sagemaker
import sagemaker.amazon.common as smac
from sagemaker import get_execution_role, image_uris

role = get_execution_role()
region = boto3.Session().region_name
bucket = sagemaker.Session().default_bucket()
prefix = "sagemaker/breast-cancer"
assert ":role/" in role, role
assert bucket.startswith(f"sagemaker-{region}-"), bucket
print("role", role, "bucket", bucket)

# The data
s3 = boto3.client("s3")
for source in (f"sagemaker-example-files-prod-{region}", "sagemaker-sample-files"):
    s3.download_file(source, "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
assert data.shape == (569, 32), data.shape
assert data[1].value_counts().to_dict() == {"B": 357, "M": 212}

# 80 / 10 / 10
rng = np.random.default_rng(7)
draw = rng.random(len(data))
parts = {"train": data[draw < 0.8], "validation": data[(draw >= 0.8) & (draw < 0.9)], "test": data[draw >= 0.9]}
labels = {name: (part[1] == "M").to_numpy(dtype="float32") for name, part in parts.items()}
features = {name: part.iloc[:, 2:].to_numpy(dtype="float32") for name, part in parts.items()}

for name in ("train", "validation"):
    buffer = io.BytesIO()
    smac.write_numpy_to_dense_tensor(buffer, features[name], labels[name])
    buffer.seek(0)
    boto3.Session().resource("s3").Bucket(bucket).Object(f"{prefix}/{name}/linear_{name}.data").upload_fileobj(buffer)

# Training
container = image_uris.retrieve(region=region, framework="linear-learner")
job = "breast-cancer-" + time.strftime("%Y-%m-%d-%H-%M-%S", time.gmtime())


def channel(name, distribution):
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": f"s3://{bucket}/{prefix}/{name}/",
                "S3DataDistributionType": distribution,
            }
        },
        "CompressionType": "None",
        "RecordWrapperType": "None",
    }


started = time.time()
sm = boto3.client("sagemaker")
created = sm.create_training_job(
    RoleArn=role,
    TrainingJobName=job,
    AlgorithmSpecification={"TrainingImage": container, "TrainingInputMode": "File"},
    ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.c4.2xlarge", "VolumeSizeInGB": 10},
    InputDataConfig=[channel("train", "ShardedByS3Key"), channel("validation", "FullyReplicated")],
    OutputDataConfig={"S3OutputPath": f"s3://{bucket}/{prefix}/"},
    HyperParameters={
        "feature_dim": "30",
        "mini_batch_size": "100",
        "predictor_type": "regressor",
        "epochs": "10",
        "num_models": "32",
        "loss": "absolute_loss",
    },
    StoppingCondition={"MaxRuntimeInSeconds": 60 * 60},
)
assert created["TrainingJobArn"].endswith(f":training-job/{job}")
status = sm.describe_training_job(TrainingJobName=job)["TrainingJobStatus"]
assert status == "InProgress", status
sm.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=job)
described = sm.describe_training_job(TrainingJobName=job)
assert described["TrainingJobStatus"] == "Completed", described.get("FailureReason")
print(f"trained in {time.time() - started:.1f} s")

# Hosting
model = job
artifact = described["ModelArtifacts"]["S3ModelArtifacts"]
assert artifact == f"s3://{bucket}/{prefix}/{job}/output/model.tar.gz", artifact
sm.create_model(ModelName=model, ExecutionRoleArn=role, PrimaryContainer={"Image": container, "ModelDataUrl": artifact})
endpoint_config = "breast-cancer-config-" + time.strftime("%Y-%m-%d-%H-%M-%S", time.gmtime())
sm.create_endpoint_config(
    EndpointConfigName=endpoint_config,
    ProductionVariants=[
        {"InstanceType": "ml.m4.xlarge", "InitialInstanceCount": 1, "ModelName": model, "VariantName": "AllTraffic"}
    ],
)
endpoint = "breast-cancer-" + time.strftime("%Y%m%d%H%M%S", time.gmtime())
sm.create_endpoint(EndpointName=endpoint, EndpointConfigName=endpoint_config)
assert sm.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] in ("Creating", "InService")
sm.get_waiter("endpoint_in_service").wait(EndpointName=endpoint)
assert sm.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "InService"

# Prediction
runtime = boto3.client("runtime.sagemaker")
lines = io.BytesIO()
np.savetxt(lines, features["test"], delimiter=",", fmt="%g")
response = runtime.invoke_endpoint(
    EndpointName=endpoint, ContentType="text/csv", Body=lines.getvalue().decode("utf-8").rstrip()
)
assert response["ContentType"].startswith("application/json")
assert response["InvokedProductionVariant"] == "AllTraffic"
predictions = np.array([p["score"] for p in json.loads(response["Body"].read().decode())["predictions"]])
truth = labels["test"]
assert len(predictions) == len(truth)
error, baseline_error = np.abs(truth - predictions).mean(), np.abs(truth - np.median(labels["train"])).mean()
accuracy, baseline = ((predictions >= 0.5) == truth).mean(), max(truth.mean(), 1 - truth.mean())
print(f"MAE {error:.3f} (baseline {baseline_error:.3f}), accuracy {accuracy:.3f} (baseline {baseline:.3f})")
assert error < 0.6 * baseline_error
assert accuracy > 0.9 and accuracy > baseline

# Clean-up
sm.delete_endpoint(EndpointName=endpoint)
sm.get_waiter("endpoint_deleted").wait(EndpointName=endpoint)
seconds = time.time() - started
print(f"from training to clean-up in {seconds:.1f} s")
assert seconds < 20
