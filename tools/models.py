"""Reduces botocore's service models to the data files in models/ (`npm run models`).

Downloads the pinned botocore wheel with pip, checks its digest, and writes one JSON file a service: the operations that
Linnet offers, every shape they reach with its constraints and wire bindings, and the bare names (for REST services also
the bindings) of all other operations, so that a call to one of them can be refused by name.
Documentation, examples and client-side settings are left out. What botocore does not say is in models/patches.json.
Standard library only.
"""

import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

VERSION = "1.44.5"
SHA256 = "8f16a56d1dff125dd65322ae021efa7ba5195a6db5102b96862566055b748921"
MODELS = pathlib.Path(__file__).resolve().parent.parent / "models"


def verbs(noun, *names):
    return [name.replace("*", noun) for name in names]


OFFERED = {
    "sagemaker": [
        *verbs("TrainingJob", "Create*", "Describe*", "List*s", "Stop*", "Delete*"),
        *verbs("TransformJob", "Create*", "Describe*", "List*s", "Stop*"),
        *verbs("HyperParameterTuningJob", "Create*", "Describe*", "List*s", "Stop*", "Delete*", "ListTrainingJobsFor*"),
        *verbs("Model", "Create*", "Describe*", "List*s", "Delete*"),
        *verbs("EndpointConfig", "Create*", "Describe*", "List*s", "Delete*"),
        *verbs("Endpoint", "Create*", "Describe*", "List*s", "Update*", "Update*WeightsAndCapacities", "Delete*"),
        *verbs("InferenceComponent", "Create*", "Describe*", "List*s", "Update*", "Update*RuntimeConfig", "Delete*"),
        *verbs("ProcessingJob", "Create*", "Describe*", "List*s", "Stop*", "Delete*"),
        *verbs("ModelPackageGroup", "Create*", "Describe*", "List*s", "Delete*"),
        *verbs("ModelPackage", "Create*", "Describe*", "BatchDescribe*", "List*s", "Update*", "Delete*"),
        *verbs("Experiment", "Create*", "Describe*", "List*s", "Update*", "Delete*"),
        *verbs("Trial", "Create*", "Describe*", "List*s", "Update*", "Delete*"),
        *verbs("TrialComponent", "Create*", "Describe*", "List*s", "Update*", "Delete*", "Associate*", "Disassociate*"),
        *verbs("ModelCard", "Create*", "Describe*", "List*s", "List*Versions", "Update*", "Delete*"),
        *verbs("Artifact", "Create*", "Describe*", "List*s", "Update*", "Delete*"),
        *verbs("Context", "Create*", "Describe*", "List*s", "Update*", "Delete*"),
        *verbs("Action", "Create*", "Describe*", "List*s", "Update*", "Delete*"),
        *verbs("Association", "Add*", "List*s", "Delete*"),
        *verbs("Pipeline", "Create*", "Describe*", "List*s", "Update*", "Delete*", "List*Versions", "Update*Version"),
        *verbs("PipelineExecution", "Start*", "Stop*", "Retry*", "Describe*", "List*s", "List*Steps", "Update*"),
        "DescribePipelineDefinitionForExecution",
        "ListPipelineParametersForExecution",
        "QueryLineage",
        "Search",
        "GetSearchSuggestions",
        *verbs("Tags", "Add*", "List*", "Delete*"),
    ],
    "sagemaker-runtime": ["InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream"],
    "sagemaker-metrics": ["BatchPutMetrics"],
    "s3": [
        "ListBuckets",
        *verbs("Bucket", "Head*", "Create*", "Delete*", "Get*Location", "Get*PolicyStatus", "Get*Replication", "Get*Abac"),
        *verbs("BucketVersioning", "Get*", "Put*"),
        *verbs("BucketAcl", "Get*", "Put*"),
        *verbs("PublicAccessBlock", "Get*", "Put*", "Delete*"),
        *verbs("BucketOwnershipControls", "Get*", "Put*", "Delete*"),
        *verbs("BucketLogging", "Get*", "Put*"),
        *verbs("BucketNotificationConfiguration", "Get*", "Put*"),
        *verbs("BucketAccelerateConfiguration", "Get*", "Put*"),
        *verbs("BucketRequestPayment", "Get*", "Put*"),
        *verbs("BucketLifecycle", "Get*Configuration", "Put*Configuration", "Delete*"),
        *verbs("BucketWebsite", "Get*", "Delete*"),
        *verbs("BucketAnalyticsConfiguration", "Get*", "List*s"),
        *verbs("BucketIntelligentTieringConfiguration", "Get*", "List*s"),
        *verbs("BucketInventoryConfiguration", "Get*", "List*s"),
        *verbs("BucketMetricsConfiguration", "Get*", "List*s"),
        "DeleteBucketReplication",
        *verbs("ObjectLockConfiguration", "Get*", "Put*"),
        *verbs("BucketTagging", "Get*", "Put*", "Delete*"),
        *verbs("BucketPolicy", "Get*", "Put*", "Delete*"),
        *verbs("BucketCors", "Get*", "Put*", "Delete*"),
        *verbs("BucketEncryption", "Get*", "Put*", "Delete*"),
        *verbs("Object", "Put*", "Head*", "Get*", "Copy*", "Delete*", "Delete*s", "List*s", "List*sV2", "List*Versions", "Get*Attributes"),
        *verbs("ObjectAcl", "Get*", "Put*"),
        *verbs("ObjectLegalHold", "Get*", "Put*"),
        *verbs("ObjectRetention", "Get*", "Put*"),
        *verbs("ObjectTagging", "Get*", "Put*", "Delete*"),
        *verbs("MultipartUpload", "Create*", "Complete*", "Abort*", "List*s"),
        "UploadPart",
        "UploadPartCopy",
        "ListParts",
    ],
    "sts": ["GetCallerIdentity", "AssumeRole", "GetSessionToken", "GetAccessKeyInfo"],
    "iam": [
        *verbs("Role", "Get*", "Create*", "List*s", "Delete*", "Update*", "Update*Description", "Tag*", "Untag*", "List*Tags"),
        *verbs("RolePolicy", "Put*", "Get*", "Delete*", "Attach*", "Detach*"),
        *verbs("Policy", "Get*", "Create*", "Delete*", "Tag*", "Untag*", "List*Tags", "ListEntitiesFor*"),
        *verbs("PolicyVersion", "Get*", "Create*", "List*s", "Delete*", "SetDefault*"),
        *verbs("Policies", "List*", "ListRole*", "ListAttachedRole*"),
        "UpdateAssumeRolePolicy",
        *verbs("User", "Get*", "Create*", "List*s", "Delete*", "Update*", "Tag*", "Untag*", "List*Tags"),
        *verbs("UserPolicy", "Put*", "Get*", "Delete*", "Attach*", "Detach*"),
        *verbs("AccessKey", "Create*", "List*s", "Update*", "Delete*", "Get*LastUsed"),
        *verbs("Group", "Get*", "Create*", "List*s", "Delete*", "Update*", "AddUserTo*", "RemoveUserFrom*", "List*sForUser"),
        *verbs("GroupPolicy", "Put*", "Get*", "Delete*", "Attach*", "Detach*"),
        *verbs("PermissionsBoundary", "PutUser*", "DeleteUser*", "PutRole*", "DeleteRole*"),
        *verbs("Policies", "ListUser*", "ListAttachedUser*", "ListGroup*", "ListAttachedGroup*"),
        "SimulatePrincipalPolicy",
        "SimulateCustomPolicy",
        "ListInstanceProfilesForRole",
    ],
    "cloudwatch": [
        "PutMetricData",
        "GetMetricData",
        "GetMetricStatistics",
        "ListMetrics",
        *verbs("Alarms", "Describe*", "Delete*", "Describe*ForMetric"),
        *verbs("AlarmActions", "Enable*", "Disable*"),
        "PutMetricAlarm",
        "SetAlarmState",
        "DescribeAlarmHistory",
    ],
    "logs": ["DescribeLogGroups", "DescribeLogStreams", "GetLogEvents", "FilterLogEvents"],
}

FULL_NAMES = {
    "sagemaker": "Amazon SageMaker",
    "sagemaker-runtime": "Amazon SageMaker Runtime",
    "sagemaker-metrics": "Amazon SageMaker Metrics",
    "s3": "Amazon S3",
    "sts": "AWS Security Token Service",
    "iam": "AWS Identity and Access Management",
    "cloudwatch": "Amazon CloudWatch",
    "logs": "Amazon CloudWatch Logs",
}

# What a shape and a reference to one keep; the rest serves clients and documentation.
SHAPE_KEYS = [
    "type", "required", "min", "max", "pattern", "enum", "payload", "flattened", "locationName", "xmlNamespace",
    "timestampFormat", "wrapper", "exception", "fault", "sensitive", "eventstream", "event",
]
MEMBER_KEYS = [
    "location", "locationName", "streaming", "flattened", "timestampFormat", "xmlNamespace", "xmlAttribute",
    "eventpayload", "eventheader",
]


def fetch(folder):
    package = f"botocore=={VERSION}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "--dest", folder, package], check=True)
    wheel = next(pathlib.Path(folder).glob("botocore-*.whl"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"{wheel.name} has SHA-256 {digest}; pinned is {SHA256}")
    return zipfile.ZipFile(wheel)


def read_model(wheel, service):
    pattern = re.compile(rf"botocore/data/{re.escape(service)}/([\d-]+)/service-2\.json(\.gz)?$")
    found = sorted(name for name in wheel.namelist() if pattern.match(name))
    content = wheel.read(found[-1])
    return json.loads(gzip.decompress(content) if found[-1].endswith(".gz") else content)


def reference(member):
    """A bare shape name when nothing else is said, as for most members."""
    kept = {key: member[key] for key in MEMBER_KEYS if key in member and member[key] is not False}
    return {"shape": member["shape"], **kept} if kept else member["shape"]


def reduce_shape(shape):
    kept = {key: shape[key] for key in SHAPE_KEYS if key in shape and shape[key] is not False}
    if "error" in shape:
        kept["error"] = {key: shape["error"][key] for key in ("code", "httpStatusCode") if key in shape["error"]}
    if "members" in shape:
        kept["members"] = {name: reference(member) for name, member in shape["members"].items()}
    for key in ("member", "key", "value"):
        if key in shape:
            kept[key] = reference(shape[key])
    return kept


def reachable(shapes, roots):
    found, todo = {}, list(roots)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        shape = found[name] = shapes[name]
        references = [*shape.get("members", {}).values(), *(shape[key] for key in ("member", "key", "value") if key in shape)]
        todo.extend(reference["shape"] for reference in references)
    return found


def reduce_operation(operation):
    http = operation["http"]
    reduced = {"method": http["method"], "uri": http["requestUri"]}
    if "responseCode" in http:
        reduced["status"] = http["responseCode"]
    for key in ("input", "output"):
        if key in operation:
            reduced[key] = operation[key]["shape"]
    if "resultWrapper" in operation.get("output", {}):
        reduced["resultWrapper"] = operation["output"]["resultWrapper"]
    if "requestAlgorithmMember" in operation.get("httpChecksum", {}):
        reduced["bodyChecksum"] = True
    if "gzip" in operation.get("requestcompression", {}).get("encodings", []):
        reduced["gzip"] = True
    reduced["errors"] = [error["shape"] for error in operation.get("errors", [])]
    return reduced


def reduce_binding(operation, shapes):
    """Enough of an operation that is not offered to recognise a call to it."""
    shape = shapes.get(operation.get("input", {}).get("shape"), {})
    required = [shape["members"][name] for name in shape.get("required", [])]
    binding = {"method": operation["http"]["method"], "uri": operation["http"]["requestUri"]}
    for key, location in (("query", "querystring"), ("headers", "header")):
        names = [member["locationName"] for member in required if member.get("location") == location]
        if names:
            binding[key] = names
    return binding


def reduce_model(service, model, patches):
    metadata, operations, shapes = model["metadata"], model["operations"], model["shapes"]
    missing = [name for name in OFFERED[service] if name not in operations]
    if missing:
        raise SystemExit(f"botocore {VERSION} has no {', '.join(missing)} in {service}")
    offered = {name: reduce_operation(operations[name]) for name in operations if name in OFFERED[service]}
    for name, members in patches["withoutMembers"].get(service, {}).items():
        for member in members:
            del shapes[name]["members"][member]
    for name, members in patches["withMembers"].get(service, {}).items():
        shapes[name]["members"].update(members)
    roots = [name for one in offered.values() for name in (one.get("input"), one.get("output"), *one["errors"]) if name]
    roots += [name for name, shape in shapes.items() if shape.get("synthetic") and shape.get("exception")]
    kept = {name: reduce_shape(shape) for name, shape in sorted(reachable(shapes, roots).items())}
    for name, root in patches["rootNames"].get(service, {}).items():
        kept[name]["locationName"] = root
    for name in patches["withoutEnum"].get(service, []):
        del kept[name]["enum"]
    for name, status in patches["statuses"].get(service, {}).items():
        offered[name]["status"] = status
    others = [name for name in operations if name not in offered and not operations[name].get("deprecated")]
    return {
        "source": f"botocore {VERSION}, Apache-2.0",
        "service": service,
        "fullName": FULL_NAMES[service],
        "apiVersion": metadata["apiVersion"],
        "protocols": metadata.get("protocols", [metadata["protocol"]]),
        **({"jsonVersion": metadata["jsonVersion"]} if "jsonVersion" in metadata else {}),
        **({"queryCompatible": True} if "awsQueryCompatible" in metadata else {}),
        **({"targetPrefix": metadata["targetPrefix"]} if "targetPrefix" in metadata else {}),
        **({"xmlNamespace": metadata["xmlNamespace"]} if "xmlNamespace" in metadata else {}),
        "operations": offered,
        "others": {name: reduce_binding(operations[name], shapes) for name in others}
        if metadata["protocol"].startswith("rest-")
        else others,
        "shapes": kept,
    }


def write(model, path):
    """One operation and one shape a line, so that a new botocore shows as a readable difference."""
    lines = []
    for key, value in model.items():
        if isinstance(value, dict):
            entries = ",\n".join(f"{json.dumps(name)}:{compact(entry)}" for name, entry in value.items())
            lines.append(f"{json.dumps(key)}:{{\n{entries}\n}}")
        else:
            lines.append(f"{json.dumps(key)}:{compact(value)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def main():
    patches = json.loads((MODELS / "patches.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch(folder)
        for service in OFFERED:
            model = reduce_model(service, read_model(wheel, service), patches)
            path = MODELS / f"{service}.json"
            write(model, path)
            counts = f"{len(model['operations'])} operations, {len(model['others'])} others, {len(model['shapes'])} shapes"
            print(f"{path.name}: {counts}, {path.stat().st_size} bytes")


main()
