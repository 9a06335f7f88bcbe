"""boto3's clients, made in every way, arrive at Linnet in this release too."""

import os
import urllib.parse

import boto3
import botocore.session

here = os.environ["AWS_ENDPOINT_URL"]
region = os.environ["AWS_DEFAULT_REGION"]


def address(client):
    return client.meta.endpoint_url


# What programs do with them
bucket = "endpoints-" + os.urandom(6).hex()
s3 = boto3.client("s3")
s3.create_bucket(Bucket=bucket)
boto3.resource("s3").Object(bucket, "a").put(Body=b"hello")
boto3.Session(region_name=region).resource("s3").Bucket(bucket).upload_file(__file__, "folder/program.py")
assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"hello"
assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a", "folder/program.py"]
signed = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"})
assert urllib.parse.urlsplit(signed).netloc == urllib.parse.urlsplit(here).netloc, signed
assert boto3.client("sts").get_caller_identity()["Account"]
assert "TrainingJobSummaries" in boto3.client("sagemaker", region_name=region).list_training_jobs()
assert "logGroups" in boto3.client("logs").describe_log_groups()
cloudwatch = boto3.client("cloudwatch")
cloudwatch.put_metric_data(Namespace="Old", MetricData=[{"MetricName": "m", "Value": 1.5}])
assert [metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="Old")["Metrics"]] == ["m"]

# The ways to make one
for client in (
    boto3.client("sagemaker-runtime"),
    boto3.client("sts", endpoint_url=f"https://sts.{region}.amazonaws.com"),
    boto3.client("s3", endpoint_url=None),
    boto3.client("s3", region, None, True, None, None),
    boto3.client(service_name="s3"),
    boto3.Session().client("sagemaker"),
    botocore.session.get_session().create_client("iam"),
):
    assert address(client) == here, (client.meta.service_model.service_name, address(client))

# What is said more exactly goes first
assert address(boto3.client("s3", endpoint_url="http://127.0.0.1:1")) == "http://127.0.0.1:1"
os.environ["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"] = "http://127.0.0.1:2"
assert address(boto3.client("sagemaker-runtime")) == "http://127.0.0.1:2"
assert address(boto3.client("sagemaker")) == here
del os.environ["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"]
os.environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
assert ".amazonaws.com" in address(boto3.client("sqs"))

s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "folder/program.py"}]})
s3.delete_bucket(Bucket=bucket)
