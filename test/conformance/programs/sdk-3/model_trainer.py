"""The SageMaker Python SDK 3: it makes its role, ModelTrainer trains, ModelBuilder deploys, the endpoint is invoked."""

import json
import time

import boto3
import pandas as pd
from sagemaker.core import image_uris
from sagemaker.core.helper.iam_role_resolver import IamRoleResolver
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import Endpoint, EndpointConfig, Model, TrainingJob
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, StoppingCondition

session = Session()
assert ":role/" in get_execution_role(sagemaker_session=session)
# The SDK's own set-up: a role with eleven policies, made or brought up to date.
roles = IamRoleResolver(sagemaker_session=session)
role = roles.create_execution_role("training")
assert role.endswith(":role/SageMaker-AutoRole-Training"), role
bucket, prefix = session.default_bucket(), "sdk-3"

# SDK 3 asks what the role may do before it stages anything.
simulated = boto3.client("iam").simulate_principal_policy(
    PolicySourceArn=role, ActionNames=["s3:PutObject"], ResourceArns=[f"arn:aws:s3:::{bucket}/*"]
)
assert [r["EvalDecision"] for r in simulated["EvaluationResults"]] == ["allowed"], simulated

boto3.client("s3").download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
table = pd.concat([(data[1] == "M").astype(int), data.iloc[:, 2:]], axis=1).sample(frac=1, random_state=1)
train, test = table[:455], table[455:]
train.to_csv("train.csv", header=False, index=False)
source = session.upload_data("train.csv", bucket=bucket, key_prefix=f"{prefix}/train")

image = image_uris.retrieve(framework="linear-learner", region=session.boto_region_name)
trainer = ModelTrainer(
    training_image=image,
    role=role,
    sagemaker_session=session,
    base_job_name="sdk-3",
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=10),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/{prefix}/output"),
    hyperparameters={"predictor_type": "binary_classifier", "epochs": 10, "num_models": 8, "mini_batch_size": 100},
)
trainer.train(input_data_config=[InputData(channel_name="train", data_source=source, content_type="text/csv")])
job = trainer._latest_training_job
assert job.training_job_status == "Completed", job.failure_reason
assert TrainingJob.get(job.training_job_name).model_artifacts.s3_model_artifacts == job.model_artifacts.s3_model_artifacts

builder = ModelBuilder(model=trainer, image_uri=image, role_arn=role, sagemaker_session=session)
builder.build(model_name="sdk-3")
endpoint = builder.deploy(endpoint_name="sdk-3", instance_type="ml.m5.large", initial_instance_count=1)

body = test.iloc[:, 1:].to_csv(header=False, index=False)
answer = endpoint.invoke(body=body.encode(), content_type="text/csv", accept="application/json")
predictions = json.loads(answer.body.read())["predictions"]
accuracy = (pd.Series([p["predicted_label"] for p in predictions]).to_numpy() == test[1].to_numpy()).mean()
print(f"accuracy {accuracy:.3f}")
assert accuracy > 0.9, accuracy

assert Endpoint.get("sdk-3").endpoint_status == "InService"
endpoint.delete()
for _ in range(100):
    if not [e for e in Endpoint.get_all() if e.endpoint_name == "sdk-3"]:
        break
    time.sleep(0.1)
else:
    raise AssertionError("the endpoint is still there")
EndpointConfig.get("sdk-3").delete()
Model.get("sdk-3").delete()
roles.delete_execution_role("training")
assert [r["RoleName"] for r in boto3.client("iam").list_roles()["Roles"] if "AutoRole" in r["RoleName"]] == []
