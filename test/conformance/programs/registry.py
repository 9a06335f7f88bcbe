"""The model registry by the SageMaker Python SDK: train, register, approve, deploy a version, register a model."""

import time

import boto3
import numpy as np
import sagemaker
from sagemaker import LinearLearner, ModelPackage
from sagemaker.deserializers import JSONDeserializer
from sagemaker.metadata_properties import MetadataProperties
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.serializers import CSVSerializer

session = sagemaker.Session()
client = boto3.client("sagemaker")
role = sagemaker.get_execution_role()
group = f"Greater-{time.time_ns()}"

random = np.random.default_rng(7)
x = random.normal(size=(400, 2)).astype("float32")
y = (x[:, 0] > x[:, 1]).astype("float32")
learner = LinearLearner(
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    predictor_type="binary_classifier",
    num_models=2,
    sagemaker_session=session,
)
learner.fit(learner.record_set(x, labels=y), mini_batch_size=100, logs=False)
artifact = learner.model_data

quality = session.upload_string_as_file_body("{}", session.default_bucket(), "quality.json")
registered = learner.register(
    content_types=["text/csv"],
    response_types=["application/json"],
    inference_instances=["ml.m5.large"],
    transform_instances=["ml.m5.large"],
    model_package_group_name=group,
    approval_status="PendingManualApproval",
    model_metrics=ModelMetrics(model_statistics=MetricsSource("application/json", quality)),
    metadata_properties=MetadataProperties(commit_id="abc"),
    customer_metadata_properties={"team": "a"},
    description="Which is greater",
)
shown = client.describe_model_package(ModelPackageName=registered.model_package_arn)
assert shown["ModelPackageVersion"] == 1 and shown["ModelPackageStatus"] == "Completed", shown
assert shown["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == artifact, shown
assert shown["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"] == quality, shown
assert client.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupStatus"] == "Completed"

# A version that nobody approved becomes no model.
try:
    client.create_model(
        ModelName=f"early-{time.time_ns()}",
        PrimaryContainer={"ModelPackageName": registered.model_package_arn},
        ExecutionRoleArn=role,
    )
    raise AssertionError("a pending version became a model")
except client.exceptions.ClientError as refused:
    assert "PendingManualApproval" in str(refused), refused

# The SDK's own class approves and deploys it.
package = ModelPackage(role=role, model_package_arn=registered.model_package_arn, sagemaker_session=session)
package.deploy(1, "ml.m5.large", endpoint_name=group)
assert client.describe_model_package(ModelPackageName=package.model_package_arn)["ModelApprovalStatus"] == "Approved"
predictor = sagemaker.Predictor(group, session, CSVSerializer(), JSONDeserializer())
answer = predictor.predict([[1.0, -1.0], [-1.0, 1.0]])
assert [p["predicted_label"] for p in answer["predictions"]] == [1, 0], answer
predictor.delete_endpoint()

# A second version, by Model.register; the newest approved one is found as deployment scripts do it.
second = learner.create_model().register(
    content_types=["text/csv"],
    response_types=["application/json"],
    model_package_group_name=group,
    approval_status="Approved",
)
pages = client.get_paginator("list_model_packages").paginate(
    ModelPackageGroupName=group, ModelApprovalStatus="Approved", SortBy="CreationTime", SortOrder="Descending"
)
arns = [one["ModelPackageArn"] for page in pages for one in page["ModelPackageSummaryList"]]
assert arns == [second.model_package_arn, registered.model_package_arn], arns
for arn in arns:
    client.delete_model_package(ModelPackageName=arn)
client.delete_model_package_group(ModelPackageGroupName=group)
