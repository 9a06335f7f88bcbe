"""boto3 as an administrator and as a user: a user with a policy, a role that is assumed, and what each is refused."""

import json

import boto3
import botocore.exceptions


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def denied(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException", "403"), error
        return str(error)
    raise AssertionError("the request was not refused")


iam = boto3.client("iam")
s3 = boto3.client("s3")
s3.create_bucket(Bucket="identity-data")
for key in ("ann/a.csv", "bob/b.csv"):
    s3.put_object(Bucket="identity-data", Key=key, Body=b"1,2\n")

user = iam.create_user(UserName="ann", Tags=[{"Key": "team", "Value": "red"}])["User"]
key = iam.create_access_key(UserName="ann")["AccessKey"]
iam.put_user_policy(
    UserName="ann",
    PolicyName="home",
    PolicyDocument=document(
        {"Effect": "Allow", "Action": "s3:*Object", "Resource": "arn:aws:s3:::identity-data/${aws:username}/*"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::identity-data",
            "Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}},
        },
    ),
)
ann = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
assert ann.client("sts").get_caller_identity()["Arn"] == user["Arn"]
mine = ann.client("s3")
assert mine.get_object(Bucket="identity-data", Key="ann/a.csv")["Body"].read() == b"1,2\n"
assert mine.list_objects_v2(Bucket="identity-data", Prefix="ann/")["KeyCount"] == 1
assert "s3:GetObject" in denied(mine.get_object, Bucket="identity-data", Key="bob/b.csv")
denied(mine.head_object, Bucket="identity-data", Key="bob/b.csv")
denied(mine.list_objects_v2, Bucket="identity-data", Prefix="bob/")
text = denied(ann.client("sagemaker").list_training_jobs)
assert "because no identity-based policy allows the sagemaker:ListTrainingJobs action" in text, text
denied(ann.client("iam").list_users)
denied(ann.client("logs").describe_log_groups)
denied(ann.client("cloudwatch").list_metrics)
denied(ann.client("sagemaker-runtime").invoke_endpoint, EndpointName="e", Body=b"")

role = iam.create_role(
    RoleName="viewer",
    AssumeRolePolicyDocument=document({"Effect": "Allow", "Principal": {"AWS": user["Arn"]}, "Action": "sts:AssumeRole"}),
)["Role"]
iam.attach_role_policy(RoleName="viewer", PolicyArn="arn:aws:iam::aws:policy/LinnetAuditor")
made = ann.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="look")["Credentials"]
viewer = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
assert viewer.client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/viewer/look")
viewer.client("sagemaker").list_training_jobs()
assert "ann" in [each["UserName"] for each in viewer.client("iam").list_users()["Users"]]
denied(viewer.client("s3").get_object, Bucket="identity-data", Key="ann/a.csv")
denied(viewer.client("iam").create_user, UserName="bob")

answers = iam.simulate_principal_policy(
    PolicySourceArn=user["Arn"],
    ActionNames=["s3:GetObject"],
    ResourceArns=["arn:aws:s3:::identity-data/ann/x", "arn:aws:s3:::identity-data/bob/x"],
    ContextEntries=[{"ContextKeyName": "aws:username", "ContextKeyValues": ["ann"], "ContextKeyType": "string"}],
)["EvaluationResults"]
assert [each["EvalDecision"] for each in answers] == ["allowed", "implicitDeny"], answers
try:
    iam.put_user_policy(UserName="ann", PolicyName="bad", PolicyDocument=document({"Effect": "Allow", "Action": "s3:*"}))
    raise AssertionError("the policy was not refused")
except iam.exceptions.MalformedPolicyDocumentException as error:
    assert "(Statement 1)" in str(error), error
iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
try:
    mine.list_objects_v2(Bucket="identity-data", Prefix="ann/")
    raise AssertionError("the key still works")
except botocore.exceptions.ClientError as error:
    assert error.response["Error"]["Code"] == "InvalidAccessKeyId", error
