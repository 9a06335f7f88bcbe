"""Models of Python's XGBoost, hosted through boto3: endpoints answer what the library predicts, to the last bit."""

import io
import json
import pickle
import tarfile

import boto3
import numpy as np
import xgboost as xgb

REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
ROLE = "arn:aws:iam::123456789012:role/xgboost"
s3, sagemaker, runtime = (boto3.client(name) for name in ("s3", "sagemaker", "sagemaker-runtime"))
bucket = "xgboost-serving"
s3.create_bucket(Bucket=bucket)

random = np.random.default_rng(0)
x = random.normal(size=(600, 8)).astype("f4")
x[random.random(x.shape) < 0.1] = np.nan
filled = np.nan_to_num(x)
signal = filled[:, 0] + filled[:, 1] * filled[:, 2]
train, test = x[:500], x[500:]


def fit(label, rounds=20, **parameters):
    return xgb.train({"max_depth": 4, "nthread": 1, "verbosity": 0, **parameters}, xgb.DMatrix(train, label[:500]), rounds)


def archive(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


hosted = []


def host(name, files, tag="sagemaker-xgboost:3.0-5", environment=None):
    """An endpoint in service."""
    s3.put_object(Bucket=bucket, Key=f"{name}/model.tar.gz", Body=archive(files))
    container = {"Image": f"{REGISTRY}/{tag}", "ModelDataUrl": f"s3://{bucket}/{name}/model.tar.gz", "Environment": environment or {}}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {"VariantName": "all", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    hosted.append(name)
    return name


def invoke(name, body, content_type="text/csv", accept="text/csv"):
    answer = runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType=content_type, Accept=accept)
    assert answer["ContentType"] == accept.split(";")[0], answer["ContentType"]
    return answer["Body"].read().decode()


def csv(rows):
    return "\n".join(",".join("" if np.isnan(cell) else repr(float(cell)) for cell in row) for row in rows)


def libsvm(rows):
    return "\n".join(" ".join(f"{j}:{float(cell)!r}" for j, cell in enumerate(row) if not np.isnan(cell)) for row in rows)


def same(answered, predicted):
    assert np.array_equal(np.array(answered, dtype="f4"), np.asarray(predicted)), (answered[:3], predicted[:3])


def table(text):
    return [[float(cell) for cell in line.split(",")] for line in text.splitlines()]


binary = fit((signal > 0).astype("f4"), objective="binary:logistic")
due = binary.predict(xgb.DMatrix(test))
formats = {
    "ubj": bytes(binary.save_raw("ubj")),
    "json": bytes(binary.save_raw("json")),
    "binary": bytes(binary.save_raw("deprecated")),
    "pickle": pickle.dumps(binary),
}
for kind, model in formats.items():
    endpoint = host(f"logistic-{kind}", {"xgboost-model": model})
    same([row[0] for row in table(invoke(endpoint, csv(test)))], due)
    same([row[0] for row in table(invoke(endpoint, libsvm(test), "text/libsvm"))], due)
    rows = json.loads(invoke(endpoint, csv(test), accept="application/json"))["predictions"]
    same([row["score"] for row in rows], due)

explained = json.loads(invoke("logistic-ubj", csv(test), accept="application/json; contributions=true"))["predictions"]
contributions = np.array([[*row["contributions"], row["baseline"]] for row in explained])
assert np.abs(contributions - binary.predict(xgb.DMatrix(test), pred_contribs=True)).max() < 1e-5

try:
    invoke("logistic-ubj", "1,2,3")
    raise AssertionError("a narrow row was scored")
except runtime.exceptions.ModelError as error:
    assert error.response["OriginalStatusCode"] == 400, error.response
    assert "not consistent with feature size of trained model 8" in error.response["OriginalMessage"], error.response

classes = fit(np.digitize(signal, [-0.5, 0.5]).astype("f4"), objective="multi:softprob", num_class=3)
due = classes.predict(xgb.DMatrix(test))
same(table(invoke(host("classes", {"xgboost-model": bytes(classes.save_raw())}), csv(test))), due)
joined = host("classes-old", {"xgboost-model": bytes(classes.save_raw("deprecated"))}, tag="xgboost:1")
same(json.loads(f"[{invoke(joined, csv(test))}]"), due)

selected = host(
    "selected", {"xgboost-model": formats["ubj"]}, environment={"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probability"}
)
rows = json.loads(invoke(selected, csv(test), accept="application/json"))["predictions"]
same([row["probability"] for row in rows], binary.predict(xgb.DMatrix(test)))
assert all(row["predicted_label"] == int(row["probability"] > 0.5) for row in rows)

boosters = [fit(signal, rounds=rounds, booster=booster) for rounds, booster in ((5, "gbtree"), (9, "dart"), (9, "gblinear"))]
ensemble = host("ensemble", {f"xgboost-model-{i}": bytes(booster.save_raw()) for i, booster in enumerate(boosters)})
same([row[0] for row in table(invoke(ensemble, csv(test)))], np.mean([b.predict(xgb.DMatrix(test)) for b in boosters], axis=0))

for endpoint in hosted:
    sagemaker.delete_endpoint(EndpointName=endpoint)
print("served as Python's XGBoost predicts")
