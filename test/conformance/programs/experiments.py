"""Experiments by the SageMaker Python SDK: runs with parameters and metrics, a job within a run, analytics."""

import time

import boto3
import numpy as np
import sagemaker
from sagemaker import LinearLearner
from sagemaker.analytics import ExperimentAnalytics
from sagemaker.experiments import Run, list_runs, load_run

session = sagemaker.Session()
client = boto3.client("sagemaker")
role = sagemaker.get_execution_role()
experiment = f"rates-{time.time_ns()}"

for number, rate in enumerate((0.1, 0.2, 0.3)):
    with Run(experiment_name=experiment, run_name=f"run-{number}", sagemaker_session=session) as run:
        run.log_parameters({"rate": rate, "optimizer": "adam"})
        for step in range(12):
            run.log_metric(name="loss", value=rate * (12 - step), step=step)
        run.log_artifact(name="input", value="s3://somewhere/data", is_output=False)

# The same run again: loaded, not made anew.
with load_run(experiment_name=experiment, run_name="run-1", sagemaker_session=session) as run:
    run.log_parameter("note", "again")
    run.log_metric(name="loss", value=5.0)

runs = list_runs(experiment_name=experiment, sagemaker_session=session)
assert sorted(one.run_name for one in runs) == ["run-0", "run-1", "run-2"], runs

table = ExperimentAnalytics(
    experiment_name=experiment, sagemaker_session=session, sort_by="metrics.loss.min", sort_order="Ascending"
).dataframe()
assert list(table["rate"]) == [0.1, 0.2, 0.3], table
assert list(table["loss - Count"]) == [12, 13, 12], table
assert np.allclose(table["loss - Min"], [0.1, 0.2, 0.3]), table
assert np.allclose(table["loss - Last"], [0.1, 5.0, 0.3]), table
assert table["note"][1] == "again", table

steep = ExperimentAnalytics(
    experiment_name=experiment,
    search_expression={"Filters": [{"Name": "parameters.rate", "Operator": "GreaterThan", "Value": "0.15"}]},
    sagemaker_session=session,
).dataframe()
assert sorted(steep["rate"]) == [0.2, 0.3], steep

# A job within a run belongs to the run's trial, with what it was and what came out.
random = np.random.default_rng(7)
x = random.normal(size=(300, 2)).astype("float32")
y = (x[:, 0] > x[:, 1]).astype("float32")
learner = LinearLearner(
    role=role,
    instance_count=1,
    instance_type="ml.m5.large",
    predictor_type="binary_classifier",
    num_models=1,
    sagemaker_session=session,
)
with Run(experiment_name=experiment, run_name="trained", sagemaker_session=session) as run:
    learner.fit(
        learner.record_set(x, labels=y), mini_batch_size=100, logs=False, experiment_config=run.experiment_config
    )
job = client.describe_training_job(TrainingJobName=learner.latest_training_job.name)
assert job["ExperimentConfig"]["ExperimentName"] == experiment, job
component = client.describe_trial_component(TrialComponentName=f"{job['TrainingJobName']}-aws-training-job")
assert component["Source"]["SourceArn"] == job["TrainingJobArn"], component
assert component["Status"]["PrimaryStatus"] == "Completed", component
assert component["Parameters"]["predictor_type"]["StringValue"] == "binary_classifier", component
assert component["OutputArtifacts"]["SageMaker.ModelArtifact"]["Value"] == learner.model_data, component
assert component["Metrics"], component
trial = job["ExperimentConfig"]["TrialName"]
parts = client.list_trial_components(TrialName=trial)["TrialComponentSummaries"]
assert component["TrialComponentName"] in [one["TrialComponentName"] for one in parts], parts

# Everything is taken apart again, from the parts to the whole.
try:
    client.delete_experiment(ExperimentName=experiment)
    raise AssertionError("an experiment with trials was deleted")
except client.exceptions.ClientError as refused:
    assert "trials" in str(refused), refused
for one in client.get_paginator("list_trial_components").paginate(TrialName=trial).build_full_result()[
    "TrialComponentSummaries"
]:
    name = one["TrialComponentName"]
    client.disassociate_trial_component(TrialName=trial, TrialComponentName=name)
    client.delete_trial_component(TrialComponentName=name)
client.delete_trial(TrialName=trial)
client.delete_experiment(ExperimentName=experiment)
try:
    client.describe_experiment(ExperimentName=experiment)
    raise AssertionError("the experiment is still there")
except client.exceptions.ResourceNotFound:
    pass
