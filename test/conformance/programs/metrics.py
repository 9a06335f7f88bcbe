"""CloudWatch metrics with boto3 and the SageMaker Python SDK 2: TrainingJobAnalytics, metrics of endpoints, metrics of one's own."""

import datetime

import boto3
import numpy as np
import pandas as pd
import sagemaker
from sagemaker import LinearLearner
from sagemaker.analytics import TrainingJobAnalytics

session = sagemaker.Session()
role = sagemaker.get_execution_role()
cloudwatch, s3 = boto3.client("cloudwatch"), boto3.client("s3")
now = datetime.datetime.now(datetime.timezone.utc)
around = {"StartTime": now - datetime.timedelta(minutes=5), "EndTime": now + datetime.timedelta(minutes=20)}

s3.download_file("sagemaker-sample-files", "datasets/tabular/breast_cancer/wdbc.csv", "wdbc.csv")
data = pd.read_csv("wdbc.csv", header=None)
y = (data[1] == "M").to_numpy(dtype="float32")
x = data.iloc[:, 2:].to_numpy(dtype="float32")

learner = LinearLearner(role, 1, "ml.c4.xlarge", predictor_type="binary_classifier", num_models=4, epochs=3)
learner.fit([learner.record_set(x[:400], labels=y[:400]), learner.record_set(x[400:], labels=y[400:], channel="validation")],
            mini_batch_size=100, logs=False)

# As notebooks plot a job: the names come from the job's own MetricDefinitions.
job = learner.latest_training_job.name
frame = TrainingJobAnalytics(job, metric_names=["validation:objective_loss", "train:progress"]).dataframe()
assert list(frame.columns) == ["timestamp", "metric_name", "value"], frame.columns
assert set(frame["metric_name"]) == {"validation:objective_loss", "train:progress"}, frame
final = {metric["MetricName"]: metric["Value"] for metric in session.describe_training_job(job)["FinalMetricDataList"]}
losses = frame[frame["metric_name"] == "validation:objective_loss"]["value"]
assert losses.between(0, 10).all() and "validation:objective_loss" in final, (losses, final)
listed = [metric["MetricName"] for page in cloudwatch.get_paginator("list_metrics").paginate(
    Namespace="/aws/sagemaker/TrainingJobs", Dimensions=[{"Name": "TrainingJobName", "Value": job}]) for metric in page["Metrics"]]
assert set(final) <= set(listed) and len(listed) == len(set(listed)), (final, listed)

# The SDK looks every 30 s; a waiter of boto3 is answered when the endpoint is in service.
predictor = learner.deploy(1, "ml.m4.xlarge", wait=False)
boto3.client("sagemaker").get_waiter("endpoint_in_service").wait(EndpointName=predictor.endpoint_name)
for rows in (x[:1], x[:5], x):
    predictor.predict(rows)


def query(name, stat):
    dimensions = [{"Name": "EndpointName", "Value": predictor.endpoint_name}, {"Name": "VariantName", "Value": "AllTraffic"}]
    metric = {"Namespace": "AWS/SageMaker", "MetricName": name, "Dimensions": dimensions}
    return {"Id": name.lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}


names = {"Invocations": "Sum", "Invocation4XXErrors": "Sum", "Invocation5XXErrors": "Sum", "ModelLatency": "SampleCount"}
results = cloudwatch.get_metric_data(MetricDataQueries=[query(*each) for each in names.items()], **around)["MetricDataResults"]
found = {result["Id"]: sum(result["Values"]) for result in results}
assert found == {"invocations": 3, "invocation4xxerrors": 0, "invocation5xxerrors": 0, "modellatency": 3}, found
predictor.delete_endpoint()

# A thousand values in one request, which boto3 compresses.
values = [{"MetricName": f"metric-{i % 10}", "Value": float(i), "Dimensions": [{"Name": "Run", "Value": "a"}]} for i in range(1000)]
cloudwatch.put_metric_data(Namespace="Own", MetricData=values)
answer = cloudwatch.get_metric_statistics(Namespace="Own", MetricName="metric-3", Dimensions=[{"Name": "Run", "Value": "a"}],
                                          Period=60, Statistics=["SampleCount", "Minimum", "Maximum"], **around)
points = answer["Datapoints"]
assert sum(point["SampleCount"] for point in points) == 100, points
assert (min(point["Minimum"] for point in points), max(point["Maximum"] for point in points)) == (3, 993), points
assert np.isfinite([point["Maximum"] for point in points]).all() and points[0]["Timestamp"].tzinfo is not None
try:
    cloudwatch.put_metric_data(Namespace="AWS/Own", MetricData=values[:1])
    raise SystemExit("a namespace of Amazon's own was taken")
except cloudwatch.exceptions.InvalidParameterValueException as refused:
    assert refused.response["Error"]["Code"] == "InvalidParameterValue", refused.response
