"""Every figure of a report again, by scikit-learn, statsmodels and SciPy, to 1e-6: two classes, three classes, a regression."""

import csv
import io
import json
import tarfile
import time

import boto3
import numpy as np
import statsmodels.api as sm
from scipy import stats
from scipy.special import expit, softmax
from sklearn import datasets, metrics
from statsmodels.stats.proportion import proportion_confint

sagemaker, s3 = boto3.client("sagemaker"), boto3.client("s3")
bucket = "reports-of-jobs"
s3.create_bucket(Bucket=bucket)


def close(found, wanted, what):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(wanted, float), rtol=1e-6, atol=1e-6, err_msg=what)


def wilson(found, part, whole, what):
    """A share and its interval."""
    close(found["value"], part / whole, what)
    close([found["low"], found["high"]], proportion_confint(part, whole, method="wilson"), f"{what}: interval")


def trained(name, x, y, **hyperparameters):
    """The report of a job without held-out rows, and its archive's predictions of rows by models without them."""
    rows = "\n".join(",".join(map(repr, map(float, [label, *row]))) for row, label in zip(x, y))
    s3.put_object(Bucket=bucket, Key=f"{name}/rows.csv", Body=rows.encode())
    image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
    sagemaker.create_training_job(
        TrainingJobName=name, RoleArn="arn:aws:iam::000000000000:role/reports",
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        HyperParameters={key: str(value) for key, value in hyperparameters.items()},
        InputDataConfig=[{"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": {
            "S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{name}/"}}}],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 300})
    while (job := sagemaker.describe_training_job(TrainingJobName=name))["TrainingJobStatus"] == "InProgress":
        time.sleep(0.2)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    body = s3.get_object(Bucket=bucket, Key=f"out/{name}/output/output.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        report = json.load(archive.extractfile("report.json"))
        held = list(csv.reader(io.StringIO(archive.extractfile("held-out-predictions.csv").read().decode())))
        statistics = json.load(archive.extractfile("statistics.json"))
    scores = np.array([row[2:] for row in held[1:]], float)
    assert report["format"] == "linnet-report" and report["version"] == 1
    assert report["heldOut"]["from"] == statistics["heldOut"]["method"] and report["heldOut"]["rows"] == len(y)
    return report, scores


def metric(report, name):
    return next(each for each in report["metrics"] if each["name"] == name)


# Two classes
x, y = datasets.load_breast_cancer(return_X_y=True)
y = 1 - y
report, raw = trained("report-wdbc", x, y, predictor_type="binary_classifier")
p, binary = expit(raw[:, 0]), report["binary"]
counts = binary["confusion"]
called = p >= counts["threshold"]
tn, fp, fn, tp = metrics.confusion_matrix(y, called).ravel()
assert [counts["trueNegative"], counts["falsePositive"], counts["falseNegative"], counts["truePositive"]] == [tn, fp, fn, tp]
wilson(metric(report, "accuracy"), tp + tn, len(y), "accuracy")
wilson(metric(report, "recall"), tp, tp + fn, "recall")
wilson(metric(report, "precision"), tp, tp + fp, "precision")
wilson(metric(report, "specificity"), tn, tn + fp, "specificity")
close(metric(report, "accuracy")["baseline"], max(np.mean(y), 1 - np.mean(y)), "baseline of the accuracy")
loss = metric(report, "log-loss")
close(loss["value"], metrics.log_loss(y, p), "log-loss")
rows = -np.log(np.where(y == 1, p, 1 - p))
close([loss["low"], loss["high"]], stats.norm.interval(0.95, rows.mean(), rows.std(ddof=1) / np.sqrt(len(y))), "log-loss: interval")
close(loss["baseline"], metrics.log_loss(y, np.full(len(y), y.mean())), "baseline of the log-loss")
close(metric(report, "Brier score")["value"], metrics.brier_score_loss(y, p), "Brier score")
close(binary["calibration"]["brier"], metrics.brier_score_loss(y, p), "Brier score of the calibration")
area = binary["roc"]["area"]
close(area["value"], metrics.roc_auc_score(y, p), "area")
positive, negative = p[y == 1], p[y == 0]
wins = (positive[:, None] > negative).astype(float) + 0.5 * (positive[:, None] == negative)
error = np.sqrt(wins.mean(axis=1).var(ddof=1) / len(positive) + wins.mean(axis=0).var(ddof=1) / len(negative))
close([area["low"], area["high"]], np.clip(stats.norm.interval(0.95, wins.mean(), error), 0, 1), "DeLong's interval")
close(binary["precisionRecall"]["averagePrecision"], metrics.average_precision_score(y, p), "average precision")
fpr, tpr, _ = metrics.roc_curve(y, p, drop_intermediate=False)
curve = {(round(a, 7), round(b, 7)) for a, b in zip(fpr, tpr)}
assert all((round(a, 7), round(b, 7)) in curve for a, b in binary["roc"]["points"]), "points of the ROC curve"
# A probability that rounds to 1 has no log-odds: the report cuts at 1e-12.
cut = np.clip(p, 1e-12, 1 - 1e-12)
odds = np.log(cut / (1 - cut))
fit = sm.Logit(y, sm.add_constant(odds)).fit(disp=0, tol=1e-12, maxiter=200)
slope = binary["calibration"]["slope"]
close([slope["value"], slope["low"], slope["high"]], [fit.params[1], *fit.conf_int()[1]], "calibration slope")
alone = sm.GLM(y, np.ones(len(y)), family=sm.families.Binomial(), offset=odds).fit(tol=1e-12)
level = binary["calibration"]["intercept"]
close([level["value"], level["low"], level["high"]], [alone.params[0], *alone.conf_int()[0]], "calibration intercept")
order = np.argsort(p, kind="stable")
for bin_, own in zip(binary["calibration"]["bins"], [order[len(y) * i // 10 : len(y) * (i + 1) // 10] for i in range(10)]):
    close(bin_["predicted"], p[own].mean(), "calibration bin")
    wilson(bin_["observed"], y[own].sum(), len(own), "calibration bin")
for cut in binary["cuts"]:
    at = metrics.confusion_matrix(y, p >= cut["threshold"], labels=[0, 1]).ravel()
    assert [cut["trueNegative"], cut["falsePositive"], cut["falseNegative"], cut["truePositive"]] == list(at), cut
for point in binary["decision"]:
    t = point["threshold"]
    act = p >= t
    close(point["model"], (np.sum(act & (y == 1)) - np.sum(act & (y == 0)) * t / (1 - t)) / len(y), "net benefit")
    close(point["all"], y.mean() - (1 - y.mean()) * t / (1 - t), "net benefit of all")
for each in binary["wanted"]:
    # The report keeps ten digits of a threshold.
    act = p >= each["threshold"] * (1 - 1e-9)
    of = {"recall": metrics.recall_score(y, act), "precision": metrics.precision_score(y, act),
          "specificity": metrics.recall_score(y, act, pos_label=0)}
    assert of[each["held"]] >= each["wanted"], each
    for name, value in of.items():
        close(each[name]["value"], value, f"{name} where {each['held']} is {each['wanted']}")
    recalls = [metrics.recall_score(y, p >= t) for t in np.unique(p) if
               {"recall": metrics.recall_score, "precision": metrics.precision_score,
                "specificity": lambda a, b, **_: metrics.recall_score(a, b, pos_label=0)}[each["held"]](y, p >= t) >= each["wanted"]]
    if each["held"] != "recall":
        close(of["recall"], max(recalls), "the most that can be found")
for column in report["columns"]:
    values = x[:, column["column"]]
    close([column["mean"], column["deviation"]], [values.mean(), values.std(ddof=1)], "moments of a column")
    if column["quantiles"]:
        close(column["quantiles"], np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]), "quantiles of a column")
    close(column["classMeans"], [values[y == 0].mean(), values[y == 1].mean()], "means by class")
    assert column["bins"] is None or (np.sum(column["bins"]["rows"]) == len(y) and min(np.sum(column["bins"]["rows"], axis=0)[np.sum(column["bins"]["rows"], axis=0) > 0]) >= 5)
for groups in report["subgroups"]:
    values, right = x[:, groups["column"]], called == (y == 1)
    for each in groups["groups"]:
        group = each["group"]
        low, high = group["from"] or -np.inf, group["to"] or np.inf
        # The report keeps ten digits of an edge.
        inside = (values >= low * (1 - 1e-9)) & (values < high * (1 - 1e-9))
        assert inside.sum() == each["rows"], groups["name"]
        wilson(each["score"], right[inside].sum(), inside.sum(), "accuracy of a group")
for driver in report["drivers"]:
    close(driver["linear"]["deviation"], x[:, driver["column"]].std(), "deviation of a column")
    close(driver["linear"]["standardised"][0], driver["linear"]["weights"][0] * driver["linear"]["deviation"], "standardised weight")
assert len(report["mistakes"]) == min(10, fp + fn)
for mistake in report["mistakes"]:
    assert mistake["label"] == y[mistake["row"] - 1] != mistake["called"], mistake

# Three classes
x, y = datasets.load_wine(return_X_y=True)
report, raw = trained("report-wine", x, y, predictor_type="multiclass_classifier", num_classes=3)
p = softmax(raw, axis=1)
called = p.argmax(axis=1)
assert report["multiclass"]["confusion"] == metrics.confusion_matrix(y, called).tolist()
close(metric(report, "accuracy")["value"], metrics.accuracy_score(y, called), "accuracy")
close(metric(report, "mean recall of the classes")["value"], metrics.balanced_accuracy_score(y, called), "mean recall")
close(metric(report, "mean F1 of the classes")["value"], metrics.f1_score(y, called, average="macro"), "mean F1")
close(metric(report, "log-loss")["value"], metrics.log_loss(y, p), "log-loss")
for each in report["multiclass"]["perClass"]:
    k = each["label"]
    wilson(each["recall"], np.sum((y == k) & (called == k)), np.sum(y == k), "recall of a class")
    wilson(each["precision"], np.sum((y == k) & (called == k)), np.sum(called == k), "precision of a class")
    close(each["f1"], metrics.f1_score(y, called, average=None)[k], "F1 of a class")
    close(each["area"], metrics.roc_auc_score(y == k, p[:, k]), "area of a class")

# A regression
x, y = datasets.load_diabetes(return_X_y=True, scaled=False)
report, raw = trained("report-diabetes", x, y, predictor_type="regressor")
guess, numbers = raw[:, 0], report["regression"]
errors = guess - y
close(metric(report, "mean absolute error")["value"], metrics.mean_absolute_error(y, guess), "mean absolute error")
close(metric(report, "root mean squared error")["value"], metrics.root_mean_squared_error(y, guess), "root mean squared error")
close(metric(report, "R²")["value"], metrics.r2_score(y, guess), "R²")
close(metric(report, "mean absolute error")["baseline"], np.abs(y - np.median(y)).mean(), "baseline")
close([numbers["residuals"]["mean"], numbers["residuals"]["deviation"]], [errors.mean(), errors.std(ddof=1)], "errors")
levels = np.arange(1, 40) / 40
close([x for x, _ in numbers["quantiles"]], stats.norm.ppf(levels), "normal quantiles")
close([y for _, y in numbers["quantiles"]], (np.quantile(errors, levels) - errors.mean()) / errors.std(ddof=1), "quantiles of errors")
order = np.argsort(guess, kind="stable")
for bin_, own in zip(numbers["byPrediction"], [order[len(y) * i // 10 : len(y) * (i + 1) // 10] for i in range(10)]):
    close(bin_["predicted"], guess[own].mean(), "predictions of a tenth")
    close(bin_["label"]["value"], y[own].mean(), "labels of a tenth")
    close([bin_["residual"][name] for name in ("mean", "p10", "median", "p90")], [errors[own].mean(), *np.quantile(errors[own], [0.1, 0.5, 0.9])], "errors of a tenth")
for each in numbers["intervals"]:
    made, tried = np.sort(np.abs(errors[::2])), np.abs(errors[1::2])
    close(each["radius"], made[int(np.ceil(each["level"] * (len(made) + 1))) - 1], "radius")
    wilson(each["coverage"], np.sum(tried <= each["radius"] * (1 + 1e-9)), len(tried), "coverage")
ols = sm.OLS(y, sm.add_constant(x)).fit()
for driver in report["drivers"]:
    estimate, at = driver["linear"]["estimate"], driver["column"] + 1
    close([estimate["value"], estimate["standardError"], estimate["pValue"]], [ols.params[at], ols.bse[at], ols.pvalues[at]], "coefficient")
    close([estimate["low"], estimate["high"]], ols.conf_int()[at], "interval of a coefficient")
print("all figures agree")
