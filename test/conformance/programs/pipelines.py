"""SageMaker Pipelines with the Python SDK 2: the published abalone pipeline's steps, and tuning, transform, caching, retry."""

# linnet image add sklearn
# linnet image add xgboost
# linnet image add xgboost-script

import gzip
import json
import os
import pathlib
import time

import boto3
import sagemaker
from botocore.exceptions import ClientError, WaiterError
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput, TransformInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.transformer import Transformer
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner, IntegerParameter
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.pipeline_experiment_config import PipelineExperimentConfig
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.retry import SageMakerJobExceptionTypeEnum, SageMakerJobStepRetryPolicy
from sagemaker.workflow.selective_execution_config import SelectiveExecutionConfig
from sagemaker.workflow.step_collections import RegisterModel
from sagemaker.workflow.steps import CacheConfig, CreateModelStep, ProcessingStep, TrainingStep, TransformStep, TuningStep

here = pathlib.Path(__file__).resolve().parent
scripts = here.parent / "scripts" / "pipelines"
sm, s3 = (boto3.client(name) for name in ("sagemaker", "s3"))
session = sagemaker.session.Session()
pipeline_session = PipelineSession()
region = session.boto_region_name
role = sagemaker.get_execution_role()
bucket = session.default_bucket()

rows = gzip.decompress((here.parents[1] / "fixtures" / "data-sets" / "abalone.csv.gz").read_bytes()).decode()
rows = rows if rows.splitlines()[0][-1].isdigit() else rows.split("\n", 1)[1]
pathlib.Path("abalone-dataset.csv").write_text(rows)
input_uri = session.upload_data("abalone-dataset.csv", key_prefix="abalone")
batch = [line.rsplit(",", 1)[0] for line in rows.splitlines()[:40]]
image_uri = sagemaker.image_uris.retrieve(framework="xgboost", region=region, version="3.0-5", instance_type="ml.m5.xlarge")

# The notebook's parameters and steps
instance_count = ParameterInteger(name="ProcessingInstanceCount", default_value=1)
instance_type = ParameterString(name="TrainingInstanceType", default_value="ml.m5.xlarge")
approval = ParameterString(name="ModelApprovalStatus", default_value="PendingManualApproval", enum_values=["PendingManualApproval", "Approved"])
input_data = ParameterString(name="InputData", default_value=input_uri)
threshold = ParameterFloat(name="MseThreshold", default_value=6.0)
cache = CacheConfig(enable_caching=True, expire_after="PT1H")

processor = SKLearnProcessor(
    framework_version="1.4-2",
    instance_type="ml.m5.xlarge",
    instance_count=instance_count,
    base_job_name="sklearn-abalone-process",
    role=role,
    sagemaker_session=pipeline_session,
)
step_process = ProcessingStep(
    name="AbaloneProcess",
    step_args=processor.run(
        inputs=[ProcessingInput(source=input_data, destination="/opt/ml/processing/input")],
        outputs=[
            ProcessingOutput(output_name="train", source="/opt/ml/processing/train"),
            ProcessingOutput(output_name="validation", source="/opt/ml/processing/validation"),
            ProcessingOutput(output_name="test", source="/opt/ml/processing/test"),
        ],
        code=str(scripts / "preprocess.py"),
        arguments=["--input-data", input_data],
    ),
    cache_config=cache,
)


def part(name):
    return step_process.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


xgb_train = Estimator(
    image_uri=image_uri,
    instance_type=instance_type,
    instance_count=1,
    output_path=f"s3://{bucket}/AbaloneTrain",
    role=role,
    sagemaker_session=pipeline_session,
    disable_profiler=True,
)
xgb_train.set_hyperparameters(objective="reg:squarederror", num_round=30, max_depth=4, eta=0.2, gamma=4, min_child_weight=6, subsample=0.7)
channels = {
    "train": TrainingInput(s3_data=part("train"), content_type="text/csv"),
    "validation": TrainingInput(s3_data=part("validation"), content_type="text/csv"),
}
retry = SageMakerJobStepRetryPolicy(
    exception_types=[SageMakerJobExceptionTypeEnum.INTERNAL_ERROR, SageMakerJobExceptionTypeEnum.CAPACITY_ERROR],
    interval_seconds=1,
    backoff_rate=2.0,
    max_attempts=2,
)
step_train = TrainingStep(
    name="AbaloneTrain", step_args=xgb_train.fit(inputs=channels), cache_config=cache, retry_policies=[retry]
)

script_eval = ScriptProcessor(
    image_uri=image_uri,
    command=["python3"],
    instance_type="ml.m5.xlarge",
    instance_count=1,
    base_job_name="script-abalone-eval",
    role=role,
    sagemaker_session=pipeline_session,
)
report = PropertyFile(name="EvaluationReport", output_name="evaluation", path="evaluation.json")
step_eval = ProcessingStep(
    name="AbaloneEval",
    step_args=script_eval.run(
        inputs=[
            ProcessingInput(source=step_train.properties.ModelArtifacts.S3ModelArtifacts, destination="/opt/ml/processing/model"),
            ProcessingInput(source=part("test"), destination="/opt/ml/processing/test"),
        ],
        outputs=[ProcessingOutput(output_name="evaluation", source="/opt/ml/processing/evaluation")],
        code=str(scripts / "evaluate.py"),
    ),
    property_files=[report],
)

model = Model(
    image_uri=image_uri,
    model_data=step_train.properties.ModelArtifacts.S3ModelArtifacts,
    sagemaker_session=pipeline_session,
    role=role,
)
step_create_model = ModelStep(name="AbaloneCreateModel", step_args=model.create(instance_type="ml.m5.large"))
metrics = ModelMetrics(
    model_statistics=MetricsSource(
        s3_uri="{}/evaluation.json".format(
            step_eval.arguments["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        ),
        content_type="application/json",
    )
)
step_register = ModelStep(
    name="AbaloneRegisterModel",
    step_args=model.register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.t2.medium", "ml.m5.xlarge"],
        transform_instances=["ml.m5.xlarge"],
        model_package_group_name="AbaloneModelPackageGroupName",
        approval_status=approval,
        model_metrics=metrics,
    ),
)
step_fail = FailStep(name="AbaloneMSEFail", error_message=Join(on=" ", values=["Execution failed due to MSE >", threshold]))
step_cond = ConditionStep(
    name="AbaloneMSECond",
    conditions=[
        ConditionLessThanOrEqualTo(
            left=JsonGet(step_name=step_eval.name, property_file=report, json_path="regression_metrics.mse.value"), right=threshold
        )
    ],
    if_steps=[step_create_model, step_register],
    else_steps=[step_fail],
)
pipeline = Pipeline(
    name="AbalonePipeline",
    parameters=[instance_count, instance_type, approval, input_data, threshold],
    steps=[step_process, step_train, step_eval, step_cond],
    sagemaker_session=pipeline_session,
)
definition = json.loads(pipeline.definition())
assert definition["Version"] == "2020-12-01", definition
assert pipeline.upsert(role_arn=role)["PipelineArn"].endswith(":pipeline/abalonepipeline")
assert pipeline.upsert(role_arn=role, description="of abalones")["PipelineArn"].endswith(":pipeline/abalonepipeline")
described = pipeline.describe()
assert described["PipelineStatus"] == "Active" and described["PipelineDescription"] == "of abalones", described


def steps_of(execution):
    return {step["StepName"]: step for step in execution.list_steps()}


# All goes well
execution = pipeline.start()
assert execution.describe()["PipelineExecutionStatus"] == "Executing"
execution.wait(delay=1)
steps = steps_of(execution)
assert {name: step["StepStatus"] for name, step in steps.items()} == {
    name: "Succeeded"
    for name in (
        "AbaloneProcess",
        "AbaloneTrain",
        "AbaloneEval",
        "AbaloneMSECond",
        "AbaloneCreateModel-CreateModel",
        "AbaloneRegisterModel-RegisterModel",
    )
}, steps
assert steps["AbaloneMSECond"]["Metadata"]["Condition"]["Outcome"] == "True"
assert execution.list_steps()[-1]["StepName"] == "AbaloneProcess", "the last step that began comes first"
job = sm.describe_training_job(TrainingJobName=steps["AbaloneTrain"]["Metadata"]["TrainingJob"]["Arn"].split("/")[-1])
execution_id = execution.arn.split("/")[-1]
assert job["TrainingJobName"].startswith(f"pipelines-{execution_id}-AbaloneTrain-"), job["TrainingJobName"]
tags = {tag["Key"]: tag["Value"] for tag in sm.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]}
assert tags["sagemaker:pipeline-execution-arn"] == execution.arn, tags
assert job["ExperimentConfig"]["TrialName"] == execution_id, job["ExperimentConfig"]
trial = sm.describe_trial(TrialName=execution_id)
assert trial["ExperimentName"] == "AbalonePipeline", trial
assert len(sm.list_trial_components(TrialName=execution_id)["TrialComponentSummaries"]) == 3
package = sm.describe_model_package(ModelPackageName=steps["AbaloneRegisterModel-RegisterModel"]["Metadata"]["RegisterModel"]["Arn"])
assert package["ModelApprovalStatus"] == "PendingManualApproval" and package["ModelPackageVersion"] == 1, package
assert package["MetadataProperties"]["GeneratedBy"] == execution.arn, package
values = {one["Name"]: one["Value"] for one in execution.list_parameters()["PipelineParameters"]}
assert values == {
    "ProcessingInstanceCount": "1",
    "TrainingInstanceType": "ml.m5.xlarge",
    "ModelApprovalStatus": "PendingManualApproval",
    "InputData": input_uri,
    "MseThreshold": "6",
}, values

# What has not changed is not done again; the threshold is too low, so the pipeline fails with its own words.
second = pipeline.start(parameters=dict(ModelApprovalStatus="Approved", MseThreshold=0.5))
try:
    second.wait(delay=1)
    raise SystemExit("a Fail step ran, and the execution did not fail")
except WaiterError:
    pass
again = steps_of(second)
assert again["AbaloneProcess"]["CacheHitResult"]["SourcePipelineExecutionArn"] == execution.arn, again
assert again["AbaloneTrain"]["CacheHitResult"]["SourcePipelineExecutionArn"] == execution.arn, again
assert again["AbaloneTrain"]["Metadata"] == steps["AbaloneTrain"]["Metadata"], again
assert "CacheHitResult" not in again["AbaloneEval"], again
assert again["AbaloneMSEFail"]["FailureReason"] == "Execution failed due to MSE > 0.5", again
assert second.describe()["FailureReason"] == "Step failure: One or multiple steps failed.", second.describe()

# A refused parameter and a definition with a mistake
for parameters, words in (
    (dict(ModelApprovalStatus="Maybe"), '"ModelApprovalStatus" must be one of "PendingManualApproval", "Approved"; it is "Maybe"'),
    (dict(Unknown=1), 'has no parameter "Unknown"'),
    (dict(ProcessingInstanceCount="many"), 'is of type Integer; its value is "many"'),
):
    try:
        pipeline.start(parameters=parameters)
        raise SystemExit(f"{parameters} was accepted")
    except ClientError as error:
        assert words in str(error), error
broken = json.loads(pipeline.definition())
broken["Steps"][1]["Arguments"]["OutputDataConfig"]["S3OutputPath"] = {"Get": "Steps.AbaloneProces.ProcessingJobArn"}
try:
    sm.update_pipeline(PipelineName="AbalonePipeline", PipelineDefinition=json.dumps(broken))
    raise SystemExit("a reference to no step was accepted")
except ClientError as error:
    assert 'Steps[1].Arguments.OutputDataConfig.S3OutputPath: There is no step "AbaloneProces"' in str(error), error

# Only the condition and what follows, with the results of the first execution
selected = pipeline.start(
    selective_execution_config=SelectiveExecutionConfig(
        source_pipeline_execution_arn=execution.arn,
        selected_steps=["AbaloneMSECond", "AbaloneCreateModel-CreateModel", "AbaloneRegisterModel-RegisterModel"],
    )
)
selected.wait(delay=1)
assert sm.list_model_packages(ModelPackageGroupName="AbaloneModelPackageGroupName")["ModelPackageSummaryList"][-1]["ModelPackageVersion"] == 2

# Tuning, the best model, a transform of rows
tuner = HyperparameterTuner(
    xgb_train,
    objective_metric_name="validation:rmse",
    objective_type="Minimize",
    hyperparameter_ranges={"eta": ContinuousParameter(0.05, 0.5), "max_depth": IntegerParameter(2, 5)},
    max_jobs=3,
    max_parallel_jobs=3,
)
step_tune = TuningStep(name="Tune", step_args=tuner.fit(inputs=channels))
best = Model(
    image_uri=image_uri,
    model_data=step_tune.get_top_model_s3_uri(top_k=0, s3_bucket=bucket, prefix="AbaloneTrain"),
    sagemaker_session=pipeline_session,
    role=role,
)
step_best = ModelStep(name="Best", step_args=best.create(instance_type="ml.m5.large"))
transformer = Transformer(
    model_name=step_best.properties.ModelName,
    instance_type="ml.m5.xlarge",
    instance_count=1,
    output_path=Join(on="/", values=["s3:/", bucket, "transformed", ExecutionVariables.PIPELINE_EXECUTION_ID]),
    sagemaker_session=pipeline_session,
)
step_transform = TransformStep(
    name="Transform",
    step_args=transformer.transform(data=part("test"), content_type="text/csv", split_type="Line", input_filter="$[1:]"),
)
tuning = Pipeline(
    name="TuningPipeline",
    parameters=[instance_count, instance_type, input_data],
    pipeline_experiment_config=PipelineExperimentConfig("abalones", ExecutionVariables.PIPELINE_EXECUTION_ID),
    steps=[step_process, step_tune, step_best, step_transform],
    sagemaker_session=pipeline_session,
)
tuning.create(role_arn=role)
tuned = tuning.start(execution_display_name="tuned", parallelism_config=dict(MaxParallelExecutionSteps=2))
tuned.wait(delay=1)
steps = steps_of(tuned)
assert [step["StepStatus"] for step in steps.values()] == ["Succeeded"] * 4, steps
tuning_job = steps["Tune"]["Metadata"]["TuningJob"]["Arn"].split("/")[-1]
top = sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=tuning_job)["BestTrainingJob"]["TrainingJobName"]
made = sm.describe_model(ModelName=steps["Best-CreateModel"]["Metadata"]["Model"]["Arn"].split("/")[-1])
assert made["PrimaryContainer"]["ModelDataUrl"] == f"s3://{bucket}/AbaloneTrain/{top}/output/model.tar.gz", made
answers = s3.get_object(Bucket=bucket, Key=f"transformed/{tuned.arn.split('/')[-1]}/test.csv.out")["Body"].read().split()
assert len(answers) == 627, len(answers)
assert sm.describe_experiment(ExperimentName="abalones")["ExperimentName"] == "abalones"

# Steps of the older kind; the input comes only after the first try, which a retry of the execution makes good.
late = f"s3://{bucket}/late/"
old_estimator = Estimator(
    image_uri=image_uri, instance_type="ml.m5.xlarge", instance_count=1, output_path=f"s3://{bucket}/old", role=role,
    sagemaker_session=session, hyperparameters={"objective": "reg:squarederror", "num_round": "5"},
)
old_train = TrainingStep(name="OldTrain", estimator=old_estimator, inputs={"train": TrainingInput(late, content_type="text/csv")})
old_model = Model(image_uri=image_uri, model_data=old_train.properties.ModelArtifacts.S3ModelArtifacts, sagemaker_session=session, role=role)
old_register = RegisterModel(
    name="OldRegister", estimator=old_estimator, model_data=old_train.properties.ModelArtifacts.S3ModelArtifacts,
    content_types=["text/csv"], response_types=["text/csv"], inference_instances=["ml.t2.medium"],
    transform_instances=["ml.m5.xlarge"], model_package_group_name="old-group",
)
old_create = CreateModelStep(name="OldModel", model=old_model, inputs=sagemaker.inputs.CreateModelInput(instance_type="ml.m5.large"))
old = Pipeline(name="OldPipeline", steps=[old_train, old_register, old_create], sagemaker_session=session)
old.create(role_arn=role)
failed = old.start()
try:
    failed.wait(delay=1)
    raise SystemExit("a training job without data did not fail its step")
except WaiterError:
    pass
step = steps_of(failed)["OldTrain"]
assert "Failed to invoke sagemaker:CreateTrainingJob. Error Details: No S3 objects found" in step["FailureReason"], step
s3.put_object(Bucket=bucket, Key="late/rows.csv", Body="\n".join(f"{row % 7},{row},{row % 3}" for row in range(200)))
sm.retry_pipeline_execution(PipelineExecutionArn=failed.arn, ClientRequestToken="r" * 32)
failed.wait(delay=1)
assert {step["StepStatus"] for step in failed.list_steps()} == {"Succeeded"}, failed.list_steps()
assert len(failed.list_steps()) == 3

# Lists, search, versions, and the end
names = [one["PipelineName"] for page in sm.get_paginator("list_pipelines").paginate(PaginationConfig={"PageSize": 1}) for one in page["PipelineSummaries"]]
# Other programs make theirs on the same server.
names = [name for name in names if name in ("OldPipeline", "TuningPipeline", "AbalonePipeline")]
assert names == ["OldPipeline", "TuningPipeline", "AbalonePipeline"], names
assert len(pipeline.list_executions()["PipelineExecutionSummaries"]) == 3
assert pipeline.latest_pipeline_version_id == 1
found = sm.search(
    Resource="PipelineExecution",
    SearchExpression={"Filters": [{"Name": "PipelineExecutionStatus", "Operator": "Equals", "Value": "Failed"}]},
)["Results"]
found = [one["PipelineExecution"]["PipelineExecutionArn"] for one in found]
own = [arn for arn in found if arn.split("/execution/")[0] == second.arn.split("/execution/")[0]]
assert own == [second.arn], found
for one in (pipeline, tuning, old):
    one.delete()
try:
    pipeline.describe()
    raise SystemExit("a deleted pipeline is described")
except ClientError as error:
    assert error.response["Error"]["Code"] == "ResourceNotFound", error
