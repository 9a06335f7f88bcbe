"""The SageMaker Python SDK's HyperparameterTuner: fit, wait, analytics, the best job, deploy, attach, warm start."""

import boto3
import numpy as np
import pandas as pd
import sagemaker
from sagemaker import LinearLearner
from sagemaker.tuner import (
    CategoricalParameter,
    ContinuousParameter,
    HyperparameterTuner,
    IntegerParameter,
    WarmStartTypes,
)

session = sagemaker.Session()
sm = boto3.client("sagemaker")
boto3.client("s3").download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
y = (data[1] == "M").to_numpy(dtype="float32")
x = data.iloc[:, 2:].to_numpy(dtype="float32")
order = np.random.default_rng(1).permutation(len(y))
train, validation, test = order[:400], order[400:512], order[512:]

learner = LinearLearner(
    role=sagemaker.get_execution_role(),
    instance_count=1,
    instance_type="ml.c4.xlarge",
    predictor_type="binary_classifier",
    epochs=5,
    sagemaker_session=session,
)
ranges = {
    "wd": ContinuousParameter(1e-7, 1, scaling_type="Auto"),
    "learning_rate": ContinuousParameter(1e-4, 1, scaling_type="Logarithmic"),
    "mini_batch_size": IntegerParameter(100, 300),
    "use_bias": CategoricalParameter([True, False]),
}
records = [
    learner.record_set(x[train], labels=y[train]),
    learner.record_set(x[validation], labels=y[validation], channel="validation"),
]
tuner = HyperparameterTuner(
    learner,
    objective_metric_name="validation:objective_loss",
    objective_type="Minimize",
    hyperparameter_ranges=ranges,
    max_jobs=4,
    max_parallel_jobs=2,
    early_stopping_type="Auto",
    random_seed=3,
    tags=[{"Key": "team", "Value": "a"}],
)
tuner.fit(records)
tuner.wait()
name = tuner.latest_tuning_job.name
best = tuner.best_training_job()
assert best.startswith(f"{name}-00"), best

frame = tuner.analytics().dataframe()
assert len(frame) == 4, frame
assert {"wd", "learning_rate", "mini_batch_size", "use_bias", "FinalObjectiveValue"} <= set(frame.columns), frame.columns
done = frame[frame["TrainingJobStatus"] == "Completed"]
assert done.loc[done["FinalObjectiveValue"].idxmin(), "TrainingJobName"] == best, frame
assert set(tuner.analytics().tuning_ranges) == set(ranges)
job = sm.describe_training_job(TrainingJobName=best)
assert job["TuningJobArn"].endswith(f":hyper-parameter-tuning-job/{name.lower()}")
assert sm.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == [{"Key": "team", "Value": "a"}]

# The best model answers.
predictor = tuner.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge")
scores = np.array([r.label["score"].float32_tensor.values[0] for r in predictor.predict(x[test])])
assert ((scores > 0.5) == y[test]).mean() > 0.8
predictor.delete_model()
predictor.delete_endpoint()

# Another program attaches to it, and starts another search from it.
attached = HyperparameterTuner.attach(name, sagemaker_session=session)
assert attached.best_training_job() == best
assert attached.best_estimator().hyperparameters()["predictor_type"] == "binary_classifier"
parents = attached.identical_dataset_and_algorithm_tuner()
start = parents.warm_start_config
assert (start.type, start.parents) == (WarmStartTypes.IDENTICAL_DATA_AND_ALGORITHM, {name}), start
parents.base_tuning_job_name = "again"  # The SDK's own names change by the minute.
parents.max_jobs = 1
parents.max_parallel_jobs = 1
parents.fit(records)
parents.wait()
described = parents.describe()
assert described["HyperParameterTuningJobStatus"] == "Completed", described
overall = described["OverallBestTrainingJob"]
value = overall["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
assert value <= done["FinalObjectiveValue"].min() + 1e-12, described

# Stopping one that is done is no error in the SDK.
tuner.stop_tuning_job()

# A grid goes through all combinations.
grid = HyperparameterTuner(
    learner,
    objective_metric_name="validation:binary_classification_accuracy",
    hyperparameter_ranges={"use_bias": CategoricalParameter(["true", "false"])},
    strategy="Grid",
    base_tuning_job_name="grid",
    max_jobs=2,
    max_parallel_jobs=2,
)
grid.fit(records, mini_batch_size=100)
grid.wait()
assert len(grid.analytics().dataframe()) == 2
assert set(grid.analytics().dataframe()["use_bias"].astype(str)) == {"true", "false"}
print("best", best, value)
