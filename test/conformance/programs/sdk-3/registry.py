"""The SageMaker Python SDK 3: ModelBuilder registers, the resource classes approve and read, a run of experiments."""

import boto3
import numpy as np
from sagemaker.core import image_uris
from sagemaker.core.experiments import Run
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.resources import ModelPackage, ModelPackageGroup
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig

session = Session()
role = get_execution_role(sagemaker_session=session)
bucket = session.default_bucket()
group = "sdk-3-registry"

random = np.random.default_rng(7)
x = random.normal(size=(300, 2))
rows = np.column_stack([(x[:, 0] > x[:, 1]).astype(int), x])
np.savetxt("rows.csv", rows, delimiter=",", fmt="%g")
source = session.upload_data("rows.csv", bucket=bucket, key_prefix="sdk-3-registry/train")
image = image_uris.retrieve(framework="linear-learner", region=session.boto_region_name)
trainer = ModelTrainer(
    training_image=image,
    role=role,
    sagemaker_session=session,
    base_job_name=group,
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=10),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/sdk-3-registry/output"),
    hyperparameters={"predictor_type": "binary_classifier", "num_models": 1},
)
trainer.train(input_data_config=[InputData(channel_name="train", data_source=source, content_type="text/csv")])

builder = ModelBuilder(model=trainer, image_uri=image, role_arn=role, sagemaker_session=session)
builder.build(model_name=group)
registered = builder.register(
    model_package_group_name=group,
    content_types=["text/csv"],
    response_types=["application/json"],
    inference_instances=["ml.m5.large"],
    transform_instances=["ml.m5.large"],
    approval_status="PendingManualApproval",
)
arn = boto3.client("sagemaker").list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"][0]["ModelPackageArn"]
assert ModelPackageGroup.get(group).model_package_group_status == "Completed"
package = ModelPackage.get(arn)
assert package.model_package_status == "Completed" and package.model_package_version == 1, package
package.update(model_approval_status="Approved")
assert ModelPackage.get(arn).model_approval_status == "Approved"

with Run(experiment_name=group, run_name="first", sagemaker_session=session) as run:
    run.log_parameter("rate", 0.5)
    for step in range(3):
        run.log_metric(name="loss", value=1.0 / (step + 1), step=step)
shown = boto3.client("sagemaker").describe_trial_component(TrialComponentName=f"{group}-first")
assert shown["Metrics"][0]["Count"] == 3 and shown["Parameters"]["rate"]["NumberValue"] == 0.5, shown
