"""Trains and asks an endpoint with boto3; nothing here knows Linnet.

    pip install boto3
    linnet run -- python train.py
"""

import json
import time

import boto3

s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")
name = f"houses-{int(time.time())}"
role = "arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole"
image = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"

# The price of a house, then its area and rooms.
rows = [(40 + (at * 37) % 120, 1 + (at * 7) % 6) for at in range(200)]
csv = "\n".join(f"{20 + 2 * area + 9 * rooms},{area},{rooms}" for area, rooms in rows)
s3.create_bucket(Bucket=name)
s3.put_object(Bucket=name, Key="train/houses.csv", Body=csv)

sagemaker.create_training_job(
    TrainingJobName=name,
    RoleArn=role,
    AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
    HyperParameters={"predictor_type": "regressor"},
    InputDataConfig=[
        {
            "ChannelName": "train",
            "ContentType": "text/csv",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{name}/train"}},
        }
    ],
    OutputDataConfig={"S3OutputPath": f"s3://{name}/output"},
    ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    StoppingCondition={"MaxRuntimeInSeconds": 600},
)
sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name)
job = sagemaker.describe_training_job(TrainingJobName=name)
if job["TrainingJobStatus"] != "Completed":
    raise SystemExit(job["FailureReason"])
artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
print("Trained:", artifact)

container = {"Image": image, "ModelDataUrl": artifact}
variant = {"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)

answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body="100,3")
score = json.loads(answer["Body"].read())["predictions"][0]["score"]
print(f"A house of 100 square metres and 3 rooms: {score:.1f}")
assert abs(score - 247) < 0.5, score
sagemaker.delete_endpoint(EndpointName=name)
