"""boto3's S3 client and resource, with their defaults: what any program does with buckets and objects."""

import datetime
import hashlib
import io
import os
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.client("s3")
bucket = "conformance-" + os.urandom(6).hex()
s3.create_bucket(Bucket=bucket)
assert bucket in [b["Name"] for b in s3.list_buckets()["Buckets"]]
s3.head_bucket(Bucket=bucket)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"{code} expected")


# Objects
put = s3.put_object(Bucket=bucket, Key="a b/ü+1.txt", Body=b"hello", ContentType="text/plain", Metadata={"who": "me"})
assert put["ETag"] == '"' + hashlib.md5(b"hello").hexdigest() + '"'
got = s3.get_object(Bucket=bucket, Key="a b/ü+1.txt")
assert got["Body"].read() == b"hello" and got["ContentType"] == "text/plain" and got["Metadata"] == {"who": "me"}
assert s3.get_object(Bucket=bucket, Key="a b/ü+1.txt", Range="bytes=1-3")["Body"].read() == b"ell"
refused("412", s3.head_object, Bucket=bucket, Key="a b/ü+1.txt", IfMatch='"0"')
refused("NoSuchKey", s3.get_object, Bucket=bucket, Key="missing")
refused("404", s3.head_object, Bucket=bucket, Key="missing")
refused("NoSuchBucket", s3.list_objects_v2, Bucket=bucket + "-missing")
refused("BucketNotEmpty", s3.delete_bucket, Bucket=bucket)
refused("InvalidRange", s3.get_object, Bucket=bucket, Key="a b/ü+1.txt", Range="bytes=10-")
refused("PreconditionFailed", s3.put_object, Bucket=bucket, Key="a b/ü+1.txt", Body=b"", IfNoneMatch="*")
refused("BadDigest", s3.put_object, Bucket=bucket, Key="x", Body=b"abc", ChecksumCRC32="AAAAAA==")
refused("AccessDenied", s3.put_object, Bucket="sagemaker-sample-files", Key="x", Body=b"abc")

# Checksums asked for
for algorithm in ("CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"):
    s3.put_object(Bucket=bucket, Key="sum", Body=b"abc" * 1000, ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")
    assert head["Checksum" + algorithm], head
    assert s3.get_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")["Body"].read() == b"abc" * 1000

# Listing
for key in ["p/1", "p/2", "p/q/3", "z"]:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
listed = s3.list_objects_v2(Bucket=bucket, Prefix="p/", Delimiter="/")
assert [o["Key"] for o in listed["Contents"]] == ["p/1", "p/2"]
assert [p["Prefix"] for p in listed["CommonPrefixes"]] == ["p/q/"]
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
keys = [o["Key"] for page in pages for o in page.get("Contents", [])]
assert keys == sorted(keys, key=lambda k: k.encode()) and len(set(keys)) == len(keys) == 6, keys
assert [o.key for o in boto3.resource("s3").Bucket(bucket).objects.filter(Prefix="p/")] == ["p/1", "p/2", "p/q/3"]

# Large transfers: multipart both ways, in parallel
big = os.urandom(20 * 1024 * 1024 + 17)
s3.upload_fileobj(io.BytesIO(big), bucket, "big")
assert s3.head_object(Bucket=bucket, Key="big")["ETag"].endswith('-3"')
back = io.BytesIO()
s3.download_fileobj(bucket, "big", back)
assert back.getvalue() == big
s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "copy")
assert s3.head_object(Bucket=bucket, Key="copy")["ContentLength"] == len(big)
upload = s3.create_multipart_upload(Bucket=bucket, Key="never")["UploadId"]
s3.upload_part(Bucket=bucket, Key="never", UploadId=upload, PartNumber=1, Body=b"part")
assert len(s3.list_parts(Bucket=bucket, Key="never", UploadId=upload)["Parts"]) == 1
s3.abort_multipart_upload(Bucket=bucket, Key="never", UploadId=upload)
refused("NoSuchUpload", s3.list_parts, Bucket=bucket, Key="never", UploadId=upload)

# Tags
s3.put_object_tagging(Bucket=bucket, Key="z", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
assert s3.get_object_tagging(Bucket=bucket, Key="z")["TagSet"] == [{"Key": "k", "Value": "v"}]

# Presigned addresses: version 2 (boto3's default) and version 4
for client in (s3, boto3.client("s3", config=Config(signature_version="s3v4"))):
    address = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "p/1"}, ExpiresIn=60)
    assert urllib.request.urlopen(address).read() == b"p/1"
    forged = address.replace("p/1", "p/2")
    try:
        urllib.request.urlopen(forged)
        raise AssertionError("a forged address was accepted")
    except urllib.error.HTTPError as error:
        assert error.code == 403 and b"SignatureDoesNotMatch" in error.read()

# Wrong keys
stranger = boto3.client("s3", aws_access_key_id="AKIAAAAAAAAAAAAAAAAA", aws_secret_access_key="x" * 40)
refused("InvalidAccessKeyId", stranger.list_buckets)
forger = boto3.client("s3", aws_secret_access_key="x" * 40, aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"])
refused("SignatureDoesNotMatch", forger.list_buckets)

# Removal
deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in keys + ["big", "copy", "sum", "nothing"]]})
assert not deleted.get("Errors"), deleted
s3.delete_bucket(Bucket=bucket)
refused("404", s3.head_bucket, Bucket=bucket)
assert datetime.datetime.now(datetime.timezone.utc) - got["LastModified"] < datetime.timedelta(minutes=10)
