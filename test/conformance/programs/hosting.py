"""Hosting with the SageMaker Python SDK 2: captured data, many models at one endpoint, answers in S3 or in parts."""

# linnet image add sklearn

import io
import json
import os
import tarfile
import time

import boto3
import sagemaker
from botocore.exceptions import ClientError
from sagemaker.async_inference import AsyncInferenceConfig, WaiterConfig
from sagemaker.deserializers import JSONDeserializer, StringDeserializer
from sagemaker.exceptions import AsyncInferenceModelError
from sagemaker.model import Model
from sagemaker.model_monitor import DataCaptureConfig
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.predictor import Predictor
from sagemaker.predictor_async import AsyncPredictor
from sagemaker.serializers import CSVSerializer
from sagemaker.sklearn import SKLearnModel

scripts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts")
session = sagemaker.Session()
sm, s3 = boto3.client("sagemaker"), boto3.client("s3")
role = sagemaker.get_execution_role()
bucket = session.default_bucket()
in_csv = dict(serializer=CSVSerializer(), deserializer=JSONDeserializer())

with open("train.csv", "w") as file:
    file.writelines(f"{2 * x + 1},{x}\n" for x in range(200))
learner = sagemaker.estimator.Estimator(
    sagemaker.image_uris.retrieve("linear-learner", session.boto_region_name),
    role,
    instance_count=1,
    instance_type="ml.m5.large",
    hyperparameters={"predictor_type": "regressor"},
    sagemaker_session=session,
)
source = session.upload_data("train.csv", key_prefix="hosting/train")
learner.fit({"train": sagemaker.inputs.TrainingInput(source, content_type="text/csv")}, logs=False)


def wait(name):
    sm.get_waiter("endpoint_in_service").wait(EndpointName=name)


def error_of(call):
    try:
        call()
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    raise AssertionError("It was not refused")


# Captured data: the SDK's configuration, its file in S3, and off again by an update.
model = Model(learner.image_uri, learner.model_data, role, predictor_cls=Predictor, sagemaker_session=session)
capture = DataCaptureConfig(True, sampling_percentage=100, destination_s3_uri=f"s3://{bucket}/captured")
predictor = model.deploy(
    1, "ml.m5.large", endpoint_name="captured", data_capture_config=capture, wait=False, **in_csv
)
wait("captured")
predictor.serializer, predictor.deserializer = in_csv.values()
assert abs(predictor.predict("10")["predictions"][0]["score"] - 21) < 0.1
described = sm.describe_endpoint(EndpointName="captured")["DataCaptureConfig"]
assert described["CaptureStatus"] == "Started" and described["CurrentSamplingPercentage"] == 100, described
# An answer in parts.
runtime = boto3.client("sagemaker-runtime")
stream = runtime.invoke_endpoint_with_response_stream(EndpointName="captured", ContentType="text/csv", Body="10")
parts = b"".join(event["PayloadPart"]["Bytes"] for event in stream["Body"])
assert abs(json.loads(parts)["predictions"][0]["score"] - 21) < 0.1, parts
# Files are stored after ten seconds; meanwhile the other endpoints are tried.

# Many models: archives below a prefix, each loaded when it is asked for.
many = MultiDataModel(
    "many", f"s3://{bucket}/many/", image_uri=learner.image_uri, role=role, sagemaker_session=session
)
many.deploy(1, "ml.m5.large", endpoint_name="many", wait=False)
many.add_model(learner.model_data, "first.tar.gz")
many.add_model(learner.model_data, "deeper/second.tar.gz")
assert sorted(many.list_models()) == ["deeper/second.tar.gz", "first.tar.gz"], list(many.list_models())
wait("many")
predictor = Predictor("many", session, **in_csv)
for target in ("first.tar.gz", "deeper/second.tar.gz", "first.tar.gz"):
    assert abs(predictor.predict("10", target_model=target)["predictions"][0]["score"] - 21) < 0.1
refused = error_of(lambda: predictor.predict("10", target_model="none.tar.gz"))
assert refused.startswith("ValidationError: Failed to download model data(bucket: "), refused

# The same with a script, whose models run in processes of their own.
for number in (1, 2):
    with tarfile.open(f"{number}.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("number.txt")
        entry.size = 1
        archive.addfile(entry, io.BytesIO(str(number).encode()))
    session.upload_data(f"{number}.tar.gz", key_prefix="scripts")
script = SKLearnModel(
    model_data=f"s3://{bucket}/scripts/1.tar.gz",
    role=role,
    entry_point="inference.py",
    source_dir=os.path.join(scripts, "several"),
    framework_version="1.4-2",
    sagemaker_session=session,
)
numbers = MultiDataModel("numbers", f"s3://{bucket}/scripts/", model=script, sagemaker_session=session)
numbers.deploy(1, "ml.m5.large", endpoint_name="numbers", wait=False)
wait("numbers")
predictor = Predictor("numbers", session, **in_csv)
for number in (1, 2, 1):
    answer = predictor.predict("10\n20", target_model=f"{number}.tar.gz")
    assert answer == [[10.0 + number], [20.0 + number]], answer

# Requests whose answers lie in S3.
later = AsyncInferenceConfig(output_path=f"s3://{bucket}/answers", failure_path=f"s3://{bucket}/failures")
model = Model(learner.image_uri, learner.model_data, role, predictor_cls=Predictor, sagemaker_session=session)
model.deploy(1, "ml.m5.large", endpoint_name="later", async_inference_config=later, wait=False)
wait("later")
patient = AsyncPredictor(Predictor("later", session, **in_csv), name="later")
answer = patient.predict_async("10", input_path=f"s3://{bucket}/requests/1.csv")
result = answer.get_result(WaiterConfig(max_attempts=30, delay=1))
assert abs(result["predictions"][0]["score"] - 21) < 0.1, result
result = patient.predict("20", waiter_config=WaiterConfig(max_attempts=30, delay=1))
assert abs(result["predictions"][0]["score"] - 41) < 0.1, result
# The SDK gives the text of a failure to the deserializer.
patient.predictor.deserializer = StringDeserializer()
wrong = patient.predict_async("a,b", input_path=f"s3://{bucket}/requests/2.csv")
try:
    wrong.get_result(WaiterConfig(max_attempts=30, delay=1))
    raise AssertionError("It was answered")
except AsyncInferenceModelError as error:
    assert "Received client error (400) from primary" in str(error), error
refused = error_of(lambda: Predictor("later", session, **in_csv).predict("10"))
assert "is asynchronous: use InvokeEndpointAsync" in refused, refused

deadline = time.monotonic() + 30
found = []
while not found and time.monotonic() < deadline:
    time.sleep(0.5)
    found = s3.list_objects_v2(Bucket=bucket, Prefix="captured/captured/AllTraffic/").get("Contents", [])
lines = s3.get_object(Bucket=bucket, Key=found[0]["Key"])["Body"].read().decode().splitlines()
event = json.loads(lines[0])["captureData"]
assert event["endpointInput"] == {
    "observedContentType": "text/csv", "mode": "INPUT", "data": "10", "encoding": "CSV"
}, event
assert json.loads(event["endpointOutput"]["data"])["predictions"], event

assert len(lines) == 2, lines  # the answer in parts too
# Capture is turned off, and on again at another place, as the SDK does it.
predictor = Predictor("captured", session, **in_csv)
predictor.update_data_capture_config(DataCaptureConfig(False))
assert sm.describe_endpoint(EndpointName="captured")["DataCaptureConfig"]["CaptureStatus"] == "Stopped"
predictor.update_data_capture_config(DataCaptureConfig(True, 50, f"s3://{bucket}/elsewhere"))
described = sm.describe_endpoint(EndpointName="captured")["DataCaptureConfig"]
assert described["CurrentSamplingPercentage"] == 50, described
assert described["DestinationS3Uri"] == f"s3://{bucket}/elsewhere", described

# A shadow beside a model: only the model answers, and both are counted.
model = Model(learner.image_uri, learner.model_data, role, name="shadowed", sagemaker_session=session)
model.create(instance_type="ml.m5.large")
variants = {
    name: dict(VariantName=name, ModelName="shadowed", InitialInstanceCount=1, InstanceType="ml.m5.large")
    for name in ("live", "shadow")
}
sm.create_endpoint_config(
    EndpointConfigName="shadowed",
    ProductionVariants=[variants["live"]],
    ShadowProductionVariants=[variants["shadow"]],
)
sm.create_endpoint(EndpointName="shadowed", EndpointConfigName="shadowed")
wait("shadowed")
shadows = sm.describe_endpoint(EndpointName="shadowed")["ShadowProductionVariants"]
assert [(shadow["VariantName"], shadow["CurrentInstanceCount"]) for shadow in shadows] == [("shadow", 1)], shadows
answer = runtime.invoke_endpoint(EndpointName="shadowed", ContentType="text/csv", Body="10")
assert answer["InvokedProductionVariant"] == "live", answer
refused = error_of(lambda: runtime.invoke_endpoint(EndpointName="shadowed", TargetVariant="shadow", Body="10"))
assert refused.startswith("ValidationError: "), refused
