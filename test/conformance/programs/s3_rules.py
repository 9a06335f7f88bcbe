"""boto3 on what S3 keeps and enforces: versions, locks, lifecycle, CORS, forms, bucket policies."""

import datetime
import json
import os
import urllib.error
import urllib.request

import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3")
endpoint = s3.meta.endpoint_url
name = "rules-" + os.urandom(6).hex()


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"{code} expected")


def status(request):
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


# Versions, as scripts that restore and clean up use them
bucket = boto3.resource("s3").create_bucket(Bucket=name)
bucket.Versioning().enable()
first = s3.put_object(Bucket=name, Key="k", Body=b"one")["VersionId"]
second = s3.put_object(Bucket=name, Key="k", Body=b"two")["VersionId"]
assert s3.get_object(Bucket=name, Key="k", VersionId=first)["Body"].read() == b"one"
marker = s3.delete_object(Bucket=name, Key="k")
assert marker["DeleteMarker"] and refused("NoSuchKey", s3.get_object, Bucket=name, Key="k")
refused("MethodNotAllowed", s3.get_object, Bucket=name, Key="k", VersionId=marker["VersionId"])
pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=name, PaginationConfig={"PageSize": 1}))
assert [v["VersionId"] for page in pages for v in page.get("Versions", [])] == [second, first], pages
s3.delete_object(Bucket=name, Key="k", VersionId=marker["VersionId"])
s3.copy_object(Bucket=name, Key="k", CopySource={"Bucket": name, "Key": "k", "VersionId": first})
assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"one"

# Object Lock
locked = name + "-locked"
s3.create_bucket(Bucket=locked, ObjectLockEnabledForBucket=True)
until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
kept = s3.put_object(Bucket=locked, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
refused("AccessDenied", s3.delete_object, Bucket=locked, Key="k", VersionId=kept["VersionId"])
s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "ON"})
refused("AccessDenied", s3.delete_object, Bucket=locked, Key="k", VersionId=kept["VersionId"], BypassGovernanceRetention=True)
s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "OFF"})
s3.delete_object(Bucket=locked, Key="k", VersionId=kept["VersionId"], BypassGovernanceRetention=True)
default = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=default)
assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == default

# Lifecycle
rules = [{"ID": "a", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}]
s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"] == rules
assert 'rule-id="a"' in s3.put_object(Bucket=name, Key="tmp/x", Body=b"")["Expiration"]
transition = [{**rules[0], "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}]
refused("NotImplemented", s3.put_bucket_lifecycle_configuration, Bucket=name, LifecycleConfiguration={"Rules": transition})

# CORS
cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://app"], "AllowedHeaders": ["*"]}]}
s3.put_bucket_cors(Bucket=name, CORSConfiguration=cors)
assert s3.get_bucket_cors(Bucket=name)["CORSRules"] == cors["CORSRules"]
ask = {"Origin": "https://app", "Access-Control-Request-Method": "GET"}
code, _, headers = status(urllib.request.Request(f"{endpoint}/{name}/k", method="OPTIONS", headers=ask))
assert (code, headers["Access-Control-Allow-Origin"]) == (200, "https://app"), (code, headers)

# A form that boto3 signed, sent as a browser sends it
post = s3.generate_presigned_post(name, "in/${filename}", Conditions=[["content-length-range", 1, 100]], ExpiresIn=60)


def send(fields, body):
    parts = [f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    parts.append('--x\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n\r\n')
    data = "".join(parts).encode() + body + b"\r\n--x--\r\n"
    return status(urllib.request.Request(post["url"], data, {"Content-Type": "multipart/form-data; boundary=x"}))


assert send(post["fields"], b"sent")[0] == 204
assert s3.get_object(Bucket=name, Key="in/f.txt")["Body"].read() == b"sent"
assert b"EntityTooLarge" in send(post["fields"], b"x" * 101)[1]
assert b"AccessDenied" in send({**post["fields"], "key": "elsewhere"}, b"sent")[1]

# Bucket policies and what has no signature
statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/in/*"}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
assert status(f"{endpoint}/{name}/in/f.txt")[0] == 403
refused("AccessDenied", s3.put_bucket_policy, Bucket=name, Policy=policy)
s3.delete_public_access_block(Bucket=name)
s3.put_bucket_policy(Bucket=name, Policy=policy)
assert s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"]
assert status(f"{endpoint}/{name}/in/f.txt")[:2] == (200, b"sent")
assert status(f"{endpoint}/{name}/k")[0] == 403
refused("MalformedPolicy", s3.put_bucket_policy, Bucket=name, Policy="{}")

# Clean-up as everybody writes it
bucket.object_versions.delete()
bucket.delete()
s3.delete_bucket(Bucket=locked)
