"""Trains a net with scikit-learn, writes it as ONNX and hosts it; the server needs no Python.

    pip install boto3 scikit-learn skl2onnx
    linnet image add onnx
    linnet run -- python host.py
"""

import io
import json
import tarfile
import time

import boto3
import numpy as np
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rows, labels = load_breast_cancer(return_X_y=True)
rows = rows.astype(np.float32)
rows_train, rows_test, labels_train, labels_test = train_test_split(rows, labels, test_size=0.2, random_state=1)
net = make_pipeline(StandardScaler(), MLPClassifier((32,), random_state=1, max_iter=500)).fit(rows_train, labels_train)

# An archive with the file model.onnx is all that the image needs.
written = to_onnx(net, rows_train[:1]).SerializeToString()
archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w:gz") as tar:
    entry = tarfile.TarInfo("model.onnx")
    entry.size = len(written)
    tar.addfile(entry, io.BytesIO(written))

s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")
name = f"net-{int(time.time())}"
role = "arn:aws:iam::000000000000:role/service-role/LinnetExecutionRole"
s3.create_bucket(Bucket=name)
s3.put_object(Bucket=name, Key="model.tar.gz", Body=archive.getvalue())

container = {"Image": "onnx:1", "ModelDataUrl": f"s3://{name}/model.tar.gz"}
variant = {"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)

body = json.dumps({"instances": rows_test.tolist()})
answer = runtime.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=body)
predictions = json.loads(answer["Body"].read())["predictions"]
given = [prediction["output_label"] for prediction in predictions]
assert given == net.predict(rows_test).tolist()
right = sum(label == wanted for label, wanted in zip(given, labels_test))
print(f"{right} of {len(labels_test)} rows that it never saw are right")
sagemaker.delete_endpoint(EndpointName=name)
