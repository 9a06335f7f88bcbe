"""Predictions that explain themselves, with boto3: EnableExplanations, an explainer in the configuration, a header, Accept, and a batch."""

import json
import math

import boto3
import sagemaker
from botocore.exceptions import ClientError

session = sagemaker.Session()
sm, s3, runtime = (boto3.client(name) for name in ("sagemaker", "s3", "sagemaker-runtime"))
role = sagemaker.get_execution_role()
bucket = session.default_bucket()
image = sagemaker.image_uris.retrieve("linear-learner", session.boto_region_name)

# x counts, y does not; the labels are noisy.
with open("train.csv", "w") as file:
    file.writelines(f"{int((i * 37) % 101 < i // 2)},{i % 200 / 100},{i % 7}\n" for i in range(200))
learner = sagemaker.estimator.Estimator(
    image,
    role,
    instance_count=1,
    instance_type="ml.m5.large",
    hyperparameters={"predictor_type": "binary_classifier", "num_models": "2"},
    sagemaker_session=session,
)
source = session.upload_data("train.csv", key_prefix="explanations/train")
learner.fit({"train": sagemaker.inputs.TrainingInput(source, content_type="text/csv")}, logs=False)
sm.create_model(
    ModelName="explained",
    ExecutionRoleArn=role,
    PrimaryContainer={"Image": image, "ModelDataUrl": learner.model_data},
)
variant = dict(VariantName="all", ModelName="explained", InstanceType="ml.m5.large", InitialInstanceCount=1)


def error_of(call):
    try:
        call()
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    raise AssertionError("It was not refused")


def deploy(name, **config):
    sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **config)
    sm.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sm.get_waiter("endpoint_in_service").wait(EndpointName=name)


def ask(endpoint, body="1.9,3", **members):
    members = {"ContentType": "text/csv", **members}
    return runtime.invoke_endpoint(EndpointName=endpoint, Body=body, **members)["Body"].read()


# An endpoint like any other: nothing changes unless it is asked.
deploy("plain")
plain = ask("plain")
score = json.loads(plain)["predictions"][0]["score"]
explained = json.loads(ask("plain", Accept="application/json; explain=true"))["predictions"][0]
assert explained["score"] == score
reasons = explained["explanation"]
total = reasons["baseline"] + sum(each["value"] for each in reasons["contributions"])
assert abs(total - math.log(score / (1 - score))) < 1e-6, explained
assert reasons["contributions"][0]["column"] == "column 1", explained
assert reasons["set"]["level"] == 0.95 and reasons["set"]["from"] in ("leave-one-out", "folds"), explained
runtime.meta.events.register(
    "before-sign.sagemaker-runtime.InvokeEndpoint",
    lambda request, **_: request.headers.add_header("x-linnet-explain", "true"),
    unique_id="explain",
)
assert json.loads(ask("plain"))["predictions"][0] == explained
runtime.meta.events.unregister("before-sign.sagemaker-runtime.InvokeEndpoint", unique_id="explain")
assert ask("plain") == plain
far = json.loads(ask("plain", "50,3", Accept="application/json; explain=true"))["predictions"][0]["explanation"]
assert far["outside"][0]["column"] == "column 1" and far["outside"][0]["value"] == 50, far

# Amazon's own member, without an explainer: against the training rows.
both = dict(EnableExplanations="`true`", Accept="text/csv")
answer = json.loads(ask("plain", "1.9,3\n0.1,3", **both))
assert answer["version"] == "1.0" and answer["predictions"]["content_type"].startswith("text/csv"), answer
assert answer["predictions"]["data"] == ask("plain", "1.9,3\n0.1,3", Accept="text/csv").decode(), answer
first = answer["explanations"]["kernel_shap"][0]
assert [each["attributions"][0]["attribution"][0] for each in first] == [
    next((c["value"] for c in reasons["contributions"] if c["column"] == f"column {at + 1}"), 0) for at in range(2)
], answer
assert ask("plain", EnableExplanations="`false`") == plain
refused = error_of(lambda: ask("plain", EnableExplanations="probability > `0.8`"))
assert 'EnableExplanations is "probability > `0.8`"' in refused and "`true` or `false`" in refused, refused

# An explainer in the configuration: every answer has Clarify's form, contributions are counted from its baseline.
explainer = {
    "ClarifyExplainerConfig": {
        "InferenceConfig": {"FeatureHeaders": ["x", "y"], "FeatureTypes": ["numerical", "categorical"]},
        "ShapConfig": {"ShapBaselineConfig": {"MimeType": "text/csv", "ShapBaseline": "1.9,0"}},
    }
}
deploy("clarified", ExplainerConfig=explainer)
assert sm.describe_endpoint_config(EndpointConfigName="clarified")["ExplainerConfig"] == explainer
assert sm.describe_endpoint(EndpointName="clarified")["ExplainerConfig"] == explainer
answer = json.loads(ask("clarified", Accept="text/csv"))
x, y = answer["explanations"]["kernel_shap"][0]
assert [x["feature_header"], y["feature_header"], y["feature_type"]] == ["x", "y", "categorical"], answer
assert x["attributions"] == [{"attribution": [0]}], answer
assert answer["explanations"]["linnet"][0]["baseline"] != reasons["baseline"], answer
quiet = json.loads(ask("clarified", Accept="text/csv", EnableExplanations="`false`"))
assert quiet["explanations"] == {} and quiet["predictions"] == answer["predictions"], quiet

# The baseline may be an object; what cannot work is refused when the configuration is made, or the endpoint.
s3.put_object(Bucket=bucket, Key="baseline.csv", Body="1.9,0\n")
at_uri = {"ShapBaselineConfig": {"ShapBaselineUri": f"s3://{bucket}/baseline.csv"}}
deploy("from-s3", ExplainerConfig={"ClarifyExplainerConfig": {"ShapConfig": at_uri}})
assert json.loads(ask("from-s3", Accept="text/csv"))["explanations"]["kernel_shap"][0][0]["attributions"] == x["attributions"]


def config_refused(clarify):
    return error_of(
        lambda: sm.create_endpoint_config(
            EndpointConfigName="refused",
            ProductionVariants=[variant],
            ExplainerConfig={"ClarifyExplainerConfig": clarify},
        )
    )


assert "EnableExplanations is" in config_refused({"EnableExplanations": "label == `1`", "ShapConfig": at_uri})
text = {**at_uri, "TextConfig": {"Language": "en", "Granularity": "token"}}
assert "TextConfig is not offered" in config_refused({"ShapConfig": text})
missing = {"ShapBaselineConfig": {"ShapBaselineUri": f"s3://{bucket}/nothing.csv"}}
sm.create_endpoint_config(
    EndpointConfigName="missing",
    ProductionVariants=[variant],
    ExplainerConfig={"ClarifyExplainerConfig": {"ShapConfig": missing}},
)
refused = error_of(lambda: sm.create_endpoint(EndpointName="missing", EndpointConfigName="missing"))
assert "nothing.csv does not exist" in refused, refused

# A batch transform explains each line.
s3.put_object(Bucket=bucket, Key="batch/rows.csv", Body="1.9,3\n0.1,3\n")
transformer = sagemaker.transformer.Transformer(
    "explained",
    1,
    "ml.m5.large",
    strategy="MultiRecord",
    accept="application/jsonlines; explain=true",
    assemble_with="Line",
    output_path=f"s3://{bucket}/explained",
    sagemaker_session=session,
)
transformer.transform(f"s3://{bucket}/batch/rows.csv", content_type="text/csv", split_type="Line", logs=False)
lines = s3.get_object(Bucket=bucket, Key="explained/rows.csv.out")["Body"].read().decode().strip().split("\n")
assert [json.loads(line)["explanation"]["unit"] for line in lines] == ["log-odds"] * 2, lines

for name in ("plain", "clarified", "from-s3"):
    sm.delete_endpoint(EndpointName=name)
print("explanations: passed")
