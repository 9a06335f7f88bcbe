"""Inference components with the SageMaker Python SDK 2: several models on the machines of one endpoint."""

import boto3
import sagemaker
from botocore.exceptions import ClientError
from sagemaker.compute_resource_requirements.resource_requirements import ResourceRequirements
from sagemaker.deserializers import JSONDeserializer
from sagemaker.enums import EndpointType
from sagemaker.model import Model
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer

session = sagemaker.Session()
sm, runtime = boto3.client("sagemaker"), boto3.client("sagemaker-runtime")
role = sagemaker.get_execution_role()


def trained(name, slope):
    with open(f"{name}.csv", "w") as file:
        file.writelines(f"{slope * x + 1},{x}\n" for x in range(200))
    learner = sagemaker.estimator.Estimator(
        sagemaker.image_uris.retrieve("linear-learner", session.boto_region_name),
        role,
        instance_count=1,
        instance_type="ml.m5.large",
        hyperparameters={"predictor_type": "regressor"},
        sagemaker_session=session,
    )
    source = session.upload_data(f"{name}.csv", key_prefix=f"components/{name}")
    learner.fit({"train": sagemaker.inputs.TrainingInput(source, content_type="text/csv")}, logs=False)
    return learner


def deployed(name, slope, memory, copies=1):
    learner = trained(name, slope)
    model = Model(
        learner.image_uri, learner.model_data, role, predictor_cls=Predictor, name=name, sagemaker_session=session
    )
    return model.deploy(
        initial_instance_count=1,
        instance_type="ml.m5.large",
        endpoint_name="shared",
        endpoint_type=EndpointType.INFERENCE_COMPONENT_BASED,
        inference_component_name=name,
        resources=ResourceRequirements(requests={"num_cpus": 0.25, "memory": memory, "copies": copies}),
        serializer=CSVSerializer(),
        deserializer=JSONDeserializer(),
    )


def score(predictor):
    return predictor.predict("10")["predictions"][0]["score"]


double, triple = deployed("double", 2, 1024, copies=2), deployed("triple", 3, 1024)
for predictor in (double, triple):
    predictor.serializer, predictor.deserializer = CSVSerializer(), JSONDeserializer()
assert abs(score(double) - 21) < 0.1 and abs(score(triple) - 31) < 0.1
assert session.is_inference_component_based_endpoint("shared")
names = session.list_and_paginate_inference_component_names_associated_with_endpoint("shared")
assert sorted(names) == ["double", "triple"], names
described = sm.describe_inference_component(InferenceComponentName="double")
assert described["RuntimeConfig"]["CurrentCopyCount"] == 2, described
assert described["Specification"]["ModelName"] == "double", described
try:
    runtime.invoke_endpoint(EndpointName="shared", ContentType="text/csv", Body="10")
    raise AssertionError("It was answered without a component")
except ClientError as error:
    assert "Inference Component Name header is required" in str(error), error

# Copies and the model change in place.
sm.update_inference_component_runtime_config(
    InferenceComponentName="double", DesiredRuntimeConfig={"CopyCount": 1}
)
session.wait_for_inference_component("double", poll=1)
session.update_inference_component("double", {"ModelName": "triple"}, {"CopyCount": 1}, wait=True)
assert abs(score(double) - 31) < 0.1
try:
    deployed("large", 4, 9000)
    raise AssertionError("It found room")
except ClientError as error:
    assert "no instance has room" in str(error), error

for name in ("double", "triple"):
    session.delete_inference_component(name, wait=True)
session.delete_endpoint("shared")
