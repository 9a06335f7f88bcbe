"""Models of scikit-learn, written by skl2onnx and hosted without Python, answer as scikit-learn does."""

# linnet image add onnx

import io
import json
import runpy
import tarfile
import time
from pathlib import Path

import boto3
import numpy as np
import onnx
from botocore.exceptions import ClientError
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

s3, sm, runtime = (boto3.client(name) for name in ("s3", "sagemaker", "sagemaker-runtime"))
role = "arn:aws:iam::123456789012:role/Role"
s3.create_bucket(Bucket="onnx-models")


def upload(name, files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    s3.put_object(Bucket="onnx-models", Key=f"{name}/model.tar.gz", Body=packed.getvalue())
    return f"s3://onnx-models/{name}/model.tar.gz"


def create_model(name, files):
    container = {"Image": "onnx:1", "ModelDataUrl": upload(name, files)}
    sm.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)


def host(name, files):
    create_model(name, files)
    variant = dict(VariantName="all", ModelName=name, InstanceType="ml.m5.large", InitialInstanceCount=1)
    sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sm.create_endpoint(EndpointName=name, EndpointConfigName=name)
    while (status := sm.describe_endpoint(EndpointName=name)["EndpointStatus"]) == "Creating":
        time.sleep(0.1)
    assert status == "InService", sm.describe_endpoint(EndpointName=name)["FailureReason"]


def ask(name, body, content_type="application/json"):
    answer = runtime.invoke_endpoint(EndpointName=name, ContentType=content_type, Body=body)
    return json.loads(answer["Body"].read())["predictions"]


def bytes_of(model, *args, **options):
    return to_onnx(model, *args, **options).SerializeToString()


x, y = load_breast_cancer(return_X_y=True)
x = x.astype(np.float32)
train, test = slice(0, 450), slice(450, 569)
names = np.array(["malignant", "benign"])[y]

classifiers = {
    "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "mlp": make_pipeline(StandardScaler(), MLPClassifier((32,), max_iter=200, random_state=1)),
    # An odd number of trees: with ties, the label depends on how the runtime rounds.
    "forest": RandomForestClassifier(21, random_state=1),
}
for name, model in classifiers.items():
    labels = y if name == "forest" else names
    model.fit(x[train], labels[train])
    host(name, {"model.onnx": bytes_of(model, x[:1])})
    wanted = model.predict_proba(x[test])
    for content_type, body in {
        "application/json": json.dumps({"instances": x[test].tolist()}),
        "text/csv": "\n".join(",".join(map(repr, row)) for row in x[test].tolist()),
    }.items():
        answers = ask(name, body, content_type)
        assert [row["output_label"] for row in answers] == model.predict(x[test]).tolist(), name
        given = [[row["output_probability"][str(label)] for label in model.classes_] for row in answers]
        np.testing.assert_allclose(given, wanted, atol=2e-6, err_msg=name)

regressor = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(16,), max_iter=100, random_state=1)).fit(x[train], x[train, 0])
host("regressor", {"model.onnx": bytes_of(regressor, x[:1])})
given = [row["variable"] for row in ask("regressor", json.dumps(x[test].tolist()))]
np.testing.assert_allclose(given, regressor.predict(x[test]), rtol=1e-5, atol=1e-5)

# Columns of numbers and texts are inputs of their own.
import pandas as pd

table = pd.DataFrame({"radius": x[:, 0], "texture": x[:, 1], "size": np.where(x[:, 3] > 500, "large", "small")})
columns = ColumnTransformer([("numbers", StandardScaler(), ["radius", "texture"]), ("words", OneHotEncoder(), ["size"])])
model = make_pipeline(columns, LogisticRegression()).fit(table[train], y[train])
types = [(name, (StringTensorType if name == "size" else FloatTensorType)([None, 1])) for name in table.columns]
host("columns", {"model.onnx": bytes_of(model, initial_types=types)})
wanted = model.predict_proba(table[test])[:, 1]
for content_type, body in {
    "application/json": json.dumps({"instances": table[test].astype(object).to_dict("records")}),
    "text/csv": table[test].to_csv(header=False, index=False),
}.items():
    given = [row["output_probability"]["1"] for row in ask("columns", body, content_type)]
    np.testing.assert_allclose(given, wanted, atol=2e-6)

# Weights in a file beside the model.
net = to_onnx(classifiers["mlp"], x[:1])
for weights in net.graph.initializer:
    weights.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weights), weights.name))
onnx.save_model(net, "net.onnx", save_as_external_data=True, location="net.weights", size_threshold=1024)
read = lambda path: open(path, "rb").read()
host("weights", {"model.onnx": read("net.onnx"), "net.weights": read("net.weights")})
assert ask("weights", json.dumps(x[test][:5].tolist())) == ask("mlp", json.dumps(x[test][:5].tolist()))


def refused(call, *args):
    try:
        call(*args)
    except ClientError as error:
        return error.response["Error"]["Message"]
    raise AssertionError("it was not refused")


def net_of(operator, opset=17, domain=""):
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", 2]) for name in "xy"]
    graph = helper.make_graph([helper.make_node(operator, ["x"], ["y"], domain=domain)], "net", ports[:1], ports[1:])
    domains = [helper.make_opsetid(*each) for each in {("", opset), (domain, opset)}]
    return {"model.onnx": helper.make_model(graph, opset_imports=domains, ir_version=8).SerializeToString()}


assert "The operator Blargh is not among those of opset 17" in refused(create_model, "a", net_of("Blargh"))
assert "The operator Mine of the domain my.own" in refused(create_model, "b", net_of("Mine", 1, "my.own"))
assert "The model is of opset 99 of ai.onnx" in refused(create_model, "c", net_of("Relu", 99))
assert "damaged, or no ONNX model" in refused(create_model, "d", {"model.onnx": net.SerializeToString()[:500]})
assert 'the file "net.weights", which the model\'s archive does not have' in refused(
    create_model, "e", {"model.onnx": read("net.onnx")}
)
assert 'the model takes 30: 30 for input "X"' in refused(ask, "mlp", "1,2", "text/csv")

runpy.run_path(str(Path(__file__).parents[4] / "examples/onnx/host.py"), run_name="__main__")
