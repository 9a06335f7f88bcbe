"""Lineage and model cards by the SageMaker Python SDK's own classes."""

import json
import time

import boto3
import sagemaker
from sagemaker.lineage.action import Action
from sagemaker.lineage.artifact import Artifact
from sagemaker.lineage.association import Association
from sagemaker.lineage.context import Context
from sagemaker.lineage.query import LineageEntityEnum, LineageFilter, LineageQuery, LineageQueryDirectionEnum
from sagemaker.model_card import ModelCard, ModelCardStatusEnum, ModelOverview

session = sagemaker.Session()
client = boto3.client("sagemaker")
mark = str(time.time_ns())

data = Artifact.create(
    artifact_name="rows",
    source_uri=f"s3://data/{mark}",
    artifact_type="DataSet",
    properties={"rows": "569"},
    sagemaker_session=session,
)
model = Artifact.create(source_uri=f"s3://model/{mark}", artifact_type="Model", sagemaker_session=session)
training = Action.create(
    action_name=f"training-{mark}",
    source_uri="job",
    action_type="Training",
    status="InProgress",
    sagemaker_session=session,
)
training.status = "Completed"
training.save()
assert Action.load(training.action_name, sagemaker_session=session).status == "Completed"
endpoint = Context.create(
    context_name=f"endpoint-{mark}", source_uri="endpoint", context_type="Endpoint", sagemaker_session=session
)
for source, destination, kind in (
    (data.artifact_arn, training.action_arn, "ContributedTo"),
    (training.action_arn, model.artifact_arn, "Produced"),
    (model.artifact_arn, endpoint.context_arn, "AssociatedWith"),
):
    Association.create(
        source_arn=source, destination_arn=destination, association_type=kind, sagemaker_session=session
    )

listed = list(Artifact.list(source_uri=f"s3://data/{mark}", sagemaker_session=session))
assert [one.artifact_arn for one in listed] == [data.artifact_arn], listed
edges = list(Association.list(source_arn=data.artifact_arn, sagemaker_session=session))
assert [one.destination_arn for one in edges] == [training.action_arn], edges

result = LineageQuery(session).query(
    start_arns=[endpoint.context_arn],
    query_filter=LineageFilter(entities=[LineageEntityEnum.ARTIFACT]),
    direction=LineageQueryDirectionEnum.ASCENDANTS,
    include_edges=False,
)
assert [one.arn for one in result.vertices] == [model.artifact_arn, data.artifact_arn], result.vertices
data.delete(disassociate=True)
assert list(Artifact.list(source_uri=f"s3://data/{mark}", sagemaker_session=session)) == []

card = ModelCard(
    name=f"card-{mark}",
    status=ModelCardStatusEnum.DRAFT,
    model_overview=ModelOverview(model_id="greater", model_description="Which is greater"),
    sagemaker_session=session,
)
card.create()
card.model_overview.model_description = "Which number is greater"
card.update()
loaded = ModelCard.load(name=card.name, sagemaker_session=session)
assert loaded.model_overview.model_description == "Which number is greater"
shown = client.describe_model_card(ModelCardName=card.name)
assert shown["ModelCardVersion"] == 2 and json.loads(shown["Content"])["model_overview"]["model_id"] == "greater", shown
card.delete()
