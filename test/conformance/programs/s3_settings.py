"""What the SageMaker SDK, set-up code and clean-up code ask of S3 beyond objects: encryption, settings, versions, conditions."""

import base64
import io
import os
import tempfile

import boto3
import sagemaker
from botocore.config import Config
from botocore.exceptions import ClientError
from sagemaker import fw_utils
from sagemaker.s3 import S3Downloader, S3Uploader

s3 = boto3.client("s3")
bucket = "settings-" + os.urandom(6).hex()
s3.create_bucket(Bucket=bucket)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"{code} expected")


# Encryption: the SageMaker SDK uploads scripts and data with aws:kms, with and without a key
session = sagemaker.Session()
key_id = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab"
with tempfile.TemporaryDirectory() as folder:
    script = os.path.join(folder, "train.py")
    with open(script, "w") as file:
        file.write("print('hello')\n")
    fw_utils.tar_and_upload_dir(session.boto_session, bucket, "scripts", script, directory=folder, kms_key=key_id)
    head = s3.head_object(Bucket=bucket, Key="scripts/sourcedir.tar.gz")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key_id), head
    fw_utils.tar_and_upload_dir(session.boto_session, bucket, "plain", script, directory=folder)
    session.upload_data(script, bucket, "data", extra_args={"ServerSideEncryption": "aws:kms"})
    assert s3.head_object(Bucket=bucket, Key="data/train.py")["ServerSideEncryption"] == "aws:kms"
S3Uploader.upload_string_as_file_body("text", f"s3://{bucket}/text", kms_key=key_id, sagemaker_session=session)
assert S3Downloader.read_file(f"s3://{bucket}/text", sagemaker_session=session) == "text"
big = os.urandom(20 * 1024 * 1024 + 3)
extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id}
s3.upload_fileobj(io.BytesIO(big), bucket, "big", ExtraArgs=extra)
head = s3.head_object(Bucket=bucket, Key="big")
assert {name: head[name] for name in extra} == extra and head["ETag"].endswith('-3"'), head
refused("NotImplemented", s3.put_object, Bucket=bucket, Key="c", Body=b"", SSECustomerAlgorithm="AES256", SSECustomerKey="x" * 32)
refused("ServerSideEncryptionConfigurationNotFoundError", s3.get_bucket_encryption, Bucket=bucket)
rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_id}, "BucketKeyEnabled": True}
s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"] == [rule]
assert s3.put_object(Bucket=bucket, Key="by default", Body=b"x")["SSEKMSKeyId"] == key_id
s3.delete_bucket_encryption(Bucket=bucket)

# Reads that set-up code makes before it changes anything
assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
owner = s3.list_buckets()["Owner"]["ID"]
for acl in (s3.get_bucket_acl(Bucket=bucket), s3.get_object_acl(Bucket=bucket, Key="text")):
    (grant,) = acl["Grants"]
    assert (acl["Owner"]["ID"], grant["Grantee"]["ID"], grant["Grantee"]["Type"]) == (owner, owner, "CanonicalUser"), acl
    assert grant["Permission"] == "FULL_CONTROL"
    s3.put_object_acl(Bucket=bucket, Key="text", AccessControlPolicy={"Owner": acl["Owner"], "Grants": acl["Grants"]})
refused("AccessControlListNotSupported", s3.put_bucket_acl, Bucket=bucket, ACL="public-read")
assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
for read in (s3.get_bucket_logging, s3.get_bucket_notification_configuration, s3.get_bucket_accelerate_configuration):
    assert set(read(Bucket=bucket)) == {"ResponseMetadata"}
refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=bucket)
refused("NoSuchWebsiteConfiguration", s3.get_bucket_website, Bucket=bucket)
refused("ReplicationConfigurationNotFoundError", s3.get_bucket_replication, Bucket=bucket)
refused("ObjectLockConfigurationNotFoundError", s3.get_object_lock_configuration, Bucket=bucket)
refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=bucket)
refused("NoSuchCORSConfiguration", s3.get_bucket_cors, Bucket=bucket)
refused("NotImplemented", s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"}, MFA="x 1")
s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
assert not s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"]

# Checksums: of parts, by default, and where a request contradicts itself
parts = s3.get_object_attributes(Bucket=bucket, Key="big", ObjectAttributes=["ObjectParts", "Checksum"])
assert [part["Size"] for part in parts["ObjectParts"]["Parts"]] == [8 << 20, 8 << 20, len(big) - (16 << 20)]
for part in parts["ObjectParts"]["Parts"]:
    got = s3.get_object(Bucket=bucket, Key="big", PartNumber=part["PartNumber"], ChecksumMode="ENABLED")
    assert got["ChecksumCRC32"] == part["ChecksumCRC32"] and len(got["Body"].read()) == part["Size"]
plain = boto3.client("s3", config=Config(request_checksum_calculation="when_required"))
assert plain.put_object(Bucket=bucket, Key="nine", Body=b"123456789")["ChecksumCRC64NVME"] == base64.b64encode(
    bytes.fromhex("ae8b14860a799888")
).decode()
refused("InvalidRequest", s3.put_object, Bucket=bucket, Key="x", Body=b"x", ChecksumAlgorithm="SHA1", ChecksumCRC32="jNyMFw==")
refused("InvalidTag", s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": [{"Key": "aws:x", "Value": "y"}]})
where = {"LocationConstraint": "mars"}
refused("InvalidLocationConstraint", s3.create_bucket, Bucket=bucket + "-2", CreateBucketConfiguration=where)

# Versions: clean-up code removes whatever it sees
versions = boto3.resource("s3").Bucket(bucket).object_versions
seen = [(version.object_key, version.id, version.is_latest) for version in versions.all()]
assert len(seen) == 7 and all(entry[1:] == ("null", True) for entry in seen), seen
assert s3.get_object(Bucket=bucket, Key="text", VersionId="null")["Body"].read() == b"text"
versions.delete()
assert "Versions" not in s3.list_object_versions(Bucket=bucket)
s3.delete_bucket(Bucket=bucket)
