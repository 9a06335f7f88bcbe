"""Random policies and requests: Linnet's evaluator against moto's, as far as moto goes, and against reference.py in all else.

moto's enforcement knows Effect, Action, NotAction and Resource of policies of identities. It knows no conditions there, no variables, no
NotResource, no boundaries, sessions and bucket policies, so that it is asked only for what has none of these.
LINNET_POLICIES is the number of questions; LINNET_SEED the seed.
"""

import collections
import json
import os
import pathlib
import random
import subprocess
import sys

from moto.iam.access_control import IAMPolicy, PermissionResult

HELPERS = pathlib.Path(__file__).resolve().parents[2] / "policies"
sys.path.insert(0, str(HELPERS))
import reference  # noqa: E402

COUNT = int(os.environ.get("LINNET_POLICIES", "2000"))
SEED = int(os.environ.get("LINNET_SEED", "1"))
ACCOUNT = "123456789012"
draw = random.Random(SEED)

USERS = [
    {"kind": "user", "accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}", "id": f"AIDA{name.upper():A<12}"}
    for name in ("ann", "bob")
]
SESSIONS = [
    {
        "kind": "session",
        "accountId": ACCOUNT,
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/work",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "roleId": f"AROA{name.upper():A<12}",
        "id": f"AROA{name.upper():A<12}:work",
    }
    for name in ("worker", "reader")
]
REQUESTS = [
    ("s3:GetObject", "arn:aws:s3:::data/ann/a.csv"),
    ("s3:GetObject", "arn:aws:s3:::data/bob/b.csv"),
    ("s3:PutObject", "arn:aws:s3:::data/ann/a.csv"),
    ("s3:DeleteObject", "arn:aws:s3:::other/x"),
    ("s3:ListBucket", "arn:aws:s3:::data"),
    ("sagemaker:CreateTrainingJob", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/ann-1"),
    ("sagemaker:InvokeEndpoint", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/churn"),
    ("sagemaker:ListTrainingJobs", "*"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/worker"),
]
ACTIONS = ["*", "*", "s3:*", "s3:Get*", "s3:GetObject", "s3:Put*", "s3:*Object", "s3:ListBucket", "sagemaker:*", "sagemaker:Create*",
           "sagemaker:InvokeEndpoint", "sagemaker:List*", "iam:PassRole"]  # fmt: skip
RESOURCES = ["*", "*", "arn:aws:s3:::*", "arn:aws:s3:::data", "arn:aws:s3:::data/*", "arn:aws:s3:::data/ann/*", "arn:aws:s3:::*/b.csv",
             "arn:aws:s3:::other/x", "arn:aws:sagemaker:*:*:*", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/*",
             "arn:aws:sagemaker:*:*:training-job/ann-*", "arn:aws:iam::*:role/*"]  # fmt: skip
VARIABLE_RESOURCES = ["arn:aws:s3:::data/${aws:username}/*", "arn:aws:s3:::data/${aws:PrincipalTag/team, 'ann'}/*",
                      "arn:aws:s3:::data/${aws:userid}/${*}", "arn:aws:sagemaker:*:*:training-job/${aws:username}-*"]  # fmt: skip
CONDITIONS = [
    ("StringEquals", "aws:username", ["ann", "bob", "${aws:PrincipalTag/team}"]),
    ("StringNotEquals", "aws:username", ["ann", "bob"]),
    ("StringEqualsIgnoreCase", "aws:PrincipalTag/team", ["RED", "ann"]),
    ("StringLike", "s3:prefix", ["ann/*", "${aws:username}/*", "?nn/", "*"]),
    ("StringNotLike", "s3:prefix", ["bob/*", "a*"]),
    ("NumericLessThan", "s3:max-keys", ["10", "100"]),
    ("NumericGreaterThanEquals", "s3:max-keys", ["10", "50"]),
    ("NumericEquals", "s3:max-keys", ["50", "50.0"]),
    ("NumericNotEquals", "s3:max-keys", ["50"]),
    ("DateLessThan", "aws:CurrentTime", ["2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
    ("DateGreaterThan", "aws:CurrentTime", ["2026-06-01T00:00:00Z"]),
    ("Bool", "aws:SecureTransport", ["true", "false"]),
    ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"]),
    ("NotIpAddress", "aws:SourceIp", ["10.0.0.0/8"]),
    ("ArnLike", "aws:PrincipalArn", ["arn:aws:iam::*:role/*", f"arn:aws:iam::{ACCOUNT}:user/ann"]),
    ("ArnNotLike", "aws:PrincipalArn", ["arn:aws:iam::*:role/*"]),
    ("BinaryEquals", "aws:Blob", ["QQ==", "Qg=="]),
    ("Null", "aws:username", ["true", "false"]),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["team", "cost"]),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ["team"]),
    ("ForAnyValue:StringLike", "aws:TagKeys", ["c*"]),
    ("ForAllValues:StringNotEquals", "aws:TagKeys", ["cost"]),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", ["cost", "team"]),
]


def some(choices, most=2):
    picked = draw.sample(choices, draw.randint(1, min(most, len(choices))))
    return picked[0] if len(picked) == 1 and draw.random() < 0.5 else picked


def statement(rich, deny):
    made = {"Effect": "Deny" if draw.random() < deny else "Allow"}
    made["NotAction" if draw.random() < 0.15 else "Action"] = some(ACTIONS, 4)
    resources = RESOURCES + (VARIABLE_RESOURCES * 2 if rich else [])
    made["NotResource" if rich and draw.random() < 0.15 else "Resource"] = some(resources, 4)
    if rich and draw.random() < 0.5:
        made["Condition"] = {}
        for operator, key, values in draw.sample(CONDITIONS, draw.randint(1, 2)):
            if_exists = operator != "Null" and draw.random() < 0.2
            made["Condition"].setdefault(operator + ("IfExists" if if_exists else ""), {})[key] = some(values)
    return made


def policy(rich, deny=0.35, principals=None):
    made = [statement(rich, deny) for _ in range(draw.randint(1, 3))]
    for each in made if principals else []:
        each["Principal"] = draw.choice(["*", {"AWS": some(principals)}])
    return {"Version": "2012-10-17", "Statement": made}


def context_of(principal):
    context = {"aws:currenttime": draw.choice(["2026-03-01T00:00:00Z", "2026-09-01T00:00:00Z"])}
    context["aws:sourceip"] = draw.choice(["10.1.2.3", "192.0.2.7", "2001:db8::1"])
    context["aws:securetransport"] = draw.choice(["true", "false"])
    context["aws:principalarn"] = principal.get("roleArn", principal["arn"])
    context["aws:userid"] = principal["id"]
    if principal["kind"] == "user":
        context["aws:username"] = principal["arn"].split("/")[-1]
    for key, values in {
        "s3:prefix": ["ann/", "bob/", "ann/x", "*"],
        "s3:max-keys": ["5", "50", "1000"],
        "aws:principaltag/team": ["red", "ann"],
        "aws:blob": ["QQ==", "Qg=="],
        "aws:tagkeys": [["team"], ["team", "cost"], ["owner"]],
    }.items():
        if draw.random() < 0.5:
            context[key] = draw.choice(values)
    return context


def question():
    rich = draw.random() < 0.7
    principal = draw.choice(USERS + SESSIONS)
    action, resource = draw.choice(REQUESTS)
    everybody = [p["arn"] for p in USERS + SESSIONS] + [p["roleArn"] for p in SESSIONS] + [ACCOUNT, "*"]
    return {
        "principal": principal,
        "action": action,
        "resource": resource,
        "context": context_of(principal),
        "identity": [policy(rich) for _ in range(draw.randint(0, 2) if rich else draw.randint(1, 2))],
        "boundary": policy(True, 0.15) if rich and draw.random() < 0.3 else None,
        "session": [policy(True, 0.1)] if rich and principal["kind"] == "session" and draw.random() < 0.4 else None,
        "bucket": policy(True, 0.3, everybody) if rich and action.startswith("s3:") and draw.random() < 0.5 else None,
        "rich": rich,
    }


def by_moto(asked):
    permitted = False
    for each in asked["identity"]:
        result = IAMPolicy(json.dumps(each)).is_action_permitted(asked["action"], asked["resource"])
        if result == PermissionResult.DENIED:
            return "explicitDeny"
        permitted = permitted or result == PermissionResult.PERMITTED
    return "allowed" if permitted else "implicitDeny"


def as_line(asked):
    text = {key: None if asked[key] is None else json.dumps(asked[key]) for key in ("boundary", "bucket")}
    lists = {key: None if asked[key] is None else [json.dumps(p) for p in asked[key]] for key in ("identity", "session")}
    return json.dumps({**asked, **text, **lists})


questions = [question() for _ in range(COUNT)]
lines = "\n".join(map(as_line, questions)) + "\n"
answers = subprocess.run(["node", HELPERS / "decide.mjs"], input=lines, capture_output=True, text=True, check=True).stdout.split()
assert len(answers) == COUNT, len(answers)

mix = collections.Counter()
differ = []
for asked, answer in zip(questions, answers):
    mix[answer] += 1
    statements = [s for p in asked["identity"] for s in p["Statement"]]
    mix["with conditions"] += any("Condition" in s for s in statements)
    mix["with variables"] += any("${" in json.dumps(s) for s in statements)
    for layer in ("boundary", "session", "bucket"):
        mix[f"with a {layer} policy"] += asked[layer] is not None
    mix["asked of moto"] += not asked["rich"]
    for judge, other in (("reference", reference.decide(asked)), *((("moto", by_moto(asked)),) if not asked["rich"] else ())):
        if other != answer:
            differ.append((judge, other, answer, asked))
print(f"# {COUNT} questions of seed {SEED}:", ", ".join(f"{name} {count}" for name, count in sorted(mix.items())))
for judge, other, answer, asked in differ[:5]:
    print(f"{judge} says {other}, Linnet {answer}:", json.dumps(asked, indent=1))
assert not differ, f"{len(differ)} of {COUNT} differ"
assert min(mix["allowed"], mix["explicitDeny"], mix["implicitDeny"]) > COUNT / 10, mix
