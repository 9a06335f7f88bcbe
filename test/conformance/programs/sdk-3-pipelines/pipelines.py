"""SageMaker Pipelines with the Python SDK 3: processing, training, evaluation, a condition, registration; a step after a failure."""

# linnet image add sklearn
# linnet image add xgboost
# linnet image add xgboost-script

import gzip
import json
import os
import pathlib

import boto3
from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import get_execution_role
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo, ConditionNot
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, StoppingCondition

here = pathlib.Path(__file__).resolve().parent
scripts = here.parents[1] / "scripts" / "pipelines"
session = PipelineSession()
sm = boto3.client("sagemaker")
role, bucket = get_execution_role(sagemaker_session=session), session.default_bucket()
table = gzip.decompress((here.parents[2] / "fixtures" / "data-sets" / "abalone.csv.gz").read_bytes())
boto3.client("s3").put_object(Bucket=bucket, Key="abalone/abalone-dataset.csv", Body=table)

input_data = ParameterString(name="InputData", default_value=f"s3://{bucket}/abalone/abalone-dataset.csv")
rounds = ParameterInteger(name="Rounds", default_value=20)
threshold = ParameterFloat(name="MseThreshold", default_value=6.5)
region = session.boto_region_name
xgboost_image = image_uris.retrieve(framework="xgboost", region=region, version="3.0-5", instance_type="ml.m5.xlarge")


def input_of(name, uri, path):
    s3_input = ProcessingS3Input(
        s3_uri=uri,
        local_path=path,
        s3_data_type="S3Prefix",
        s3_input_mode="File",
        s3_data_distribution_type="FullyReplicated",
    )
    return ProcessingInput(input_name=name, s3_input=s3_input)


def output_of(name):
    uri = Join(on="/", values=["s3:/", bucket, "sdk-3-pipelines", ExecutionVariables.PIPELINE_EXECUTION_ID, name])
    s3_output = ProcessingS3Output(s3_uri=uri, local_path=f"/opt/ml/processing/{name}", s3_upload_mode="EndOfJob")
    return ProcessingOutput(output_name=name, s3_output=s3_output)


common = dict(role=role, instance_type="ml.m5.xlarge", instance_count=1, command=["python3"], sagemaker_session=session)
sklearn_image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
cache = CacheConfig(enable_caching=True, expire_after="PT1H")
process = ProcessingStep(
    name="Process",
    step_args=ScriptProcessor(image_uri=sklearn_image, **common).run(
        code=str(scripts / "preprocess.py"),
        inputs=[input_of("input", input_data, "/opt/ml/processing/input")],
        outputs=[output_of(name) for name in ("train", "validation", "test")],
        arguments=["--input-data", input_data],
    ),
    cache_config=cache,
)


def part(name):
    return process.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


trainer = ModelTrainer(
    training_image=xgboost_image,
    role=role,
    sagemaker_session=session,
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=10),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/sdk-3-pipelines/models"),
    hyperparameters={"objective": "reg:squarederror", "num_round": rounds, "max_depth": 4},
)
train = TrainingStep(
    name="Train",
    step_args=trainer.train(
        input_data_config=[
            InputData(channel_name=name, data_source=part(name), content_type="text/csv") for name in ("train", "validation")
        ]
    ),
    cache_config=cache,
)
report = PropertyFile(name="Report", output_name="evaluation", path="evaluation.json")
evaluate = ProcessingStep(
    name="Evaluate",
    step_args=ScriptProcessor(image_uri=xgboost_image, **common).run(
        code=str(scripts / "evaluate.py"),
        inputs=[
            input_of("model", train.properties.ModelArtifacts.S3ModelArtifacts, "/opt/ml/processing/model"),
            input_of("test", part("test"), "/opt/ml/processing/test"),
        ],
        outputs=[output_of("evaluation")],
    ),
    property_files=[report],
)
builder = ModelBuilder(
    s3_model_data_url=train.properties.ModelArtifacts.S3ModelArtifacts,
    image_uri=xgboost_image,
    role_arn=role,
    sagemaker_session=session,
)
create = ModelStep(name="Create", step_args=builder.build())
register = ModelStep(
    name="Register",
    step_args=builder.register(
        model_package_group_name="sdk-3-abalones",
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        approval_status="Approved",
    ),
)
mse = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.mse.value")
decide = ConditionStep(
    name="Decide",
    conditions=[ConditionNot(ConditionLessThanOrEqualTo(left=mse, right=threshold))],
    if_steps=[FailStep(name="TooHigh", error_message=Join(on=" ", values=["MSE is above", threshold]))],
    else_steps=[create, register],
)
pipeline = Pipeline(
    name="sdk-3-pipeline",
    parameters=[input_data, rounds, threshold],
    steps=[process, train, evaluate, decide],
    sagemaker_session=session,
)
pipeline.upsert(role_arn=role)


def steps_of(execution):
    return {step["StepName"]: step for step in execution.list_steps()}


execution = pipeline.start()
execution.wait(delay=1)
steps = steps_of(execution)
assert {step["StepStatus"] for step in steps.values()} == {"Succeeded"} and len(steps) == 6, steps
group = sm.list_model_packages(ModelPackageGroupName="sdk-3-abalones")["ModelPackageSummaryList"]
assert [one["ModelApprovalStatus"] for one in group] == ["Approved"], group
job = sm.describe_training_job(TrainingJobName=steps["Train"]["Metadata"]["TrainingJob"]["Arn"].split("/")[-1])
assert job["HyperParameters"]["num_round"] == "20", job["HyperParameters"]

second = pipeline.start(parameters=dict(MseThreshold=1.0))
try:
    second.wait(delay=1)
    raise SystemExit("a Fail step ran, and the execution did not fail")
except Exception as error:
    assert "Waiter encountered a terminal failure state" in str(error), error
again = steps_of(second)
assert again["Process"]["CacheHitResult"]["SourcePipelineExecutionArn"] == execution.arn, again
assert again["TooHigh"]["FailureReason"] == "MSE is above 1", again

# A step that runs because another one failed
wrong = ProcessingStep(name="Wrong", step_args=ScriptProcessor(image_uri=sklearn_image, **common).run(code=str(scripts.parent / "processing" / "fail.py")))
clean = ProcessingStep(
    name="CleanUp",
    step_args=ScriptProcessor(image_uri=sklearn_image, **common).run(
        code=str(scripts / "preprocess.py"),
        inputs=[input_of("input", input_data, "/opt/ml/processing/input")],
        outputs=[output_of(name) for name in ("train", "validation", "test")],
        arguments=["--input-data", input_data],
    ),
    depends_on=[StepDependency(wrong, TriggerCondition.FAILED)],
)
answered = Pipeline(name="sdk-3-answered", parameters=[input_data], steps=[wrong, clean], sagemaker_session=session)
answered.create(role_arn=role)
third = answered.start()
while (state := third.describe())["PipelineExecutionStatus"] == "Executing":
    pass
assert state["PipelineExecutionStatus"] == "CompletedWithFailures", state
outcome = {name: step["StepStatus"] for name, step in steps_of(third).items()}
assert outcome == {"Wrong": "Failed", "CleanUp": "Succeeded"}, outcome
for one in (pipeline, answered):
    one.delete()
