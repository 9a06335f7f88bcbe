"""Peers from PyPI behind JSON lines: one request a line on standard input, one answer a line on standard output.

Times are of the call that learns or reads, never of loading: `cpuMs` of all threads of this process, `wallMs`.
"""
import importlib
import importlib.metadata
import json
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import numpy as np

OPS = {}
held = {}


def op(function):
    OPS[function.__name__] = function
    return function


class timed:
    """with timed() as t: ...; t.times()"""

    def __enter__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_):
        self.cpu, self.wall = time.process_time() - self.cpu, time.perf_counter() - self.wall

    def times(self):
        return {"cpuMs": 1000 * self.cpu, "wallMs": 1000 * self.wall}


def dense(path, d, dtype="f4", rows=None):
    """Rows of the last data set asked for stay in memory."""
    key = (path, d, dtype, rows)
    if key not in held:
        if len(held) > 3:
            held.clear()
        x = np.fromfile(path + ".x", "<f4", -1 if rows is None else rows * d).reshape(-1, d).astype(dtype)
        held[key] = x, np.fromfile(path + ".y", "<f4", -1 if rows is None else rows)
    return held[key]


def sparse(path, d, dtype="f8"):
    import scipy.sparse

    key = (path, d, dtype, "sparse")
    if key not in held:
        if len(held) > 3:
            held.clear()
        starts = np.fromfile(path + ".rows", "<u4").astype("i4")
        columns = np.fromfile(path + ".columns", "<u4").astype("i4")
        values = np.fromfile(path + ".values", "<f4").astype(dtype)
        x = scipy.sparse.csr_matrix((values, columns, starts), shape=(len(starts) - 1, d))
        held[key] = x, np.fromfile(path + ".y", "<f4")
    return held[key]


def rows_of(request, dtype="f8"):
    data = request["data"]
    if data["kind"] == "sparse":
        return sparse(data["path"], data["featureCount"], dtype)
    return dense(data["path"], data["featureCount"], dtype, request.get("rows"))


def weights(model):
    return {"w": np.asarray(model.coef_, "f8").ravel().tolist(), "b": np.asarray(model.intercept_, "f8").ravel().tolist()}


@op
def versions(request):
    def version(name):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return None

    return {name: version(name) for name in request["names"]} | {"python": sys.version.split()[0]}


@op
def drop(request):
    held.clear()
    return {}


@op
def logistic(request):
    """Minimises mean log-loss + alpha / 2 |w|^2."""
    from sklearn.linear_model import LogisticRegression

    x, y = rows_of(request, request.get("dtype", "f8"))
    model = LogisticRegression(
        C=1 / (request["alpha"] * x.shape[0]), solver=request["solver"], tol=request["tol"], max_iter=request.get("maxIter", 1000)
    )
    with timed() as t:
        model.fit(x, y)
    return t.times() | weights(model) | {"iterations": int(np.max(model.n_iter_))}


@op
def whole_job(request):
    """From a headless CSV, label first, to one fitted model with scikit-learn's own settings."""
    import pandas
    from sklearn.linear_model import LogisticRegression, Ridge

    makers = {"ridge": Ridge, "lbfgs": LogisticRegression, "newton-cholesky": lambda: LogisticRegression(solver="newton-cholesky")}
    model = makers[request["solver"]]()
    with timed() as t:
        rows = pandas.read_csv(request["file"], header=None, engine="c").to_numpy()
        model.fit(rows[:, 1:], rows[:, 0])
    return t.times()


@op
def whole_boosting(request):
    """From a headless CSV, label first, to a boosted model."""
    import pandas
    import xgboost

    with timed() as t:
        rows = pandas.read_csv(request["file"], header=None, engine="c").to_numpy()
        data = xgboost.DMatrix(rows[:, 1:], label=rows[:, 0])
        booster = xgboost.train(
            request["parameters"], data, request["rounds"], evals=[(data, "train")], verbose_eval=False
        )
        raw = booster.save_raw("ubj")
    return {**t.times(), "library": xgboost.core.find_lib_path()[0], "bytes": len(raw)}


@op
def boosting_library(_request):
    """Where XGBoost's shared library is."""
    import xgboost

    return {"library": xgboost.core.find_lib_path()[0]}


@op
def logistic_path(request):
    """The same for many penalties, each from zero."""
    from sklearn.linear_model import LogisticRegression

    x, y = rows_of(request, request.get("dtype", "f8"))
    with timed() as t:
        for alpha in request["alphas"]:
            LogisticRegression(C=1 / (alpha * len(y)), solver=request["solver"], tol=request["tol"], max_iter=1000).fit(x, y)
    return t.times()


@op
def search(request):
    """Held-out losses of a search by cross-validation, fold by fold: features standardised, then LogisticRegressionCV or RidgeCV."""
    from sklearn.linear_model import LogisticRegressionCV, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    d, repeats, parts = request["d"], request["repeats"], request["folds"]
    x = np.fromfile(request["path"] + ".x64").reshape(-1, d)
    y = np.fromfile(request["path"] + ".y64")
    fold = np.fromfile(request["path"] + ".folds", "u1").reshape(-1, len(y))
    losses, spent, began = [], [], time.perf_counter()
    for turn in range(repeats):
        for part in range(parts):
            out = fold[turn] == part
            if request["kind"] == "regression":
                learner = RidgeCV(alphas=np.logspace(-4, 4, 33))
            else:
                learner = LogisticRegressionCV(cv=5, scoring="neg_log_loss", max_iter=1000, l1_ratios=(0,), use_legacy_attributes=False)
            model = make_pipeline(StandardScaler(), learner)
            with timed() as t:
                model.fit(x[~out], y[~out])
            spent.append(t.times()["cpuMs"])
            if request["kind"] == "regression":
                losses.append(float(np.mean((model.predict(x[out]) - y[out]) ** 2)))
            else:
                share = model.predict_proba(x[out])[np.arange(out.sum()), np.searchsorted(model.classes_, y[out])]
                losses.append(float(np.mean(-np.log(np.maximum(share, 1e-15)))))
        if time.perf_counter() - began > request["seconds"]:
            break
    return {"losses": losses, "cpuMs": spent}


@op
def products(request):
    """All products of two features, standardised, and one fit with scikit-learn's own penalty; its held-out loss."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    x, y = rows_of(request)
    out, wanted = dense(request["test"]["path"], request["test"]["featureCount"], "f8")
    learner = LogisticRegression(max_iter=1000) if request["kind"] == "binary" else Ridge()
    model = make_pipeline(PolynomialFeatures(2, interaction_only=True, include_bias=False), StandardScaler(), learner)
    with timed() as t:
        model.fit(x, y)
    if request["kind"] == "binary":
        loss = log_loss(model.predict_proba(out)[:, 1], wanted)
    else:
        loss = float(np.mean((model.predict(out) - wanted) ** 2))
    return t.times() | {"loss": loss}


@op
def sgd(request):
    """SGDClassifier for a given number of epochs, for each of `alphas`."""
    from sklearn.linear_model import SGDClassifier

    x, y = rows_of(request, request.get("dtype", "f8"))
    with timed() as t:
        for alpha in request["alphas"]:
            model = SGDClassifier(loss="log_loss", alpha=alpha, max_iter=request["epochs"], tol=None, random_state=0).fit(x, y)
    return t.times()


@op
def quantile(request):
    from sklearn.linear_model import QuantileRegressor

    x, y = rows_of(request)
    model = QuantileRegressor(quantile=request["q"], alpha=request["alpha"], solver="highs")
    with timed() as t:
        model.fit(x, y)
    return t.times() | weights(model)


@op
def matmul(request):
    """The two products of a training step in BLAS, float32."""
    b, d, k = request["batch"], request["features"], request["columns"]
    r = np.random.default_rng(1)
    x, w, delta = (r.standard_normal(shape, "f4") for shape in ((b, d), (d, k), (b, k)))
    f, g = np.empty((b, k), "f4"), np.empty((d, k), "f4")
    with timed() as t:
        for _ in range(request["steps"]):
            np.matmul(x, w, out=f)
            np.matmul(x.T, delta, out=g)
    return t.times()


@op
def csv(request):
    """A headless CSV of numbers to float32."""
    if request["reader"] == "pandas":
        import pandas

        with timed() as t:
            frame = pandas.read_csv(request["file"], header=None, dtype="float32", engine="c")
            frame.to_numpy()
        return t.times() | {"rows": len(frame)}
    import duckdb

    count = request["columns"]
    columns = ",".join(f"'c{k}':'FLOAT'" for k in range(count))
    connection = duckdb.connect()
    connection.execute("set threads=1")
    sql = f"from read_csv('{request['file']}',columns={{{columns}}},header=false,auto_detect=false,delim=',')"
    with timed() as t:
        rows = connection.execute(f"select count(*), {','.join(f'sum(c{k})' for k in range(count))} {sql}").fetchone()[0]
    return t.times() | {"rows": rows}


@op
def records(request):
    """Float32 tensors out of framed protobuf records, by Google's own library."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    proto = descriptor_pb2.FileDescriptorProto(name="r.proto", package="r", syntax="proto2")
    field = descriptor_pb2.FieldDescriptorProto
    tensor = proto.message_type.add(name="Tensor")
    tensor.field.add(name="values", number=1, label=3, type=field.TYPE_FLOAT).options.packed = True
    value = proto.message_type.add(name="Value")
    value.field.add(name="float32_tensor", number=2, label=1, type=field.TYPE_MESSAGE, type_name=".r.Tensor")
    record = proto.message_type.add(name="Record")
    for name, number in (("features", 1), ("label", 2)):
        entry = record.nested_type.add(name=name.title() + "Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, label=1, type=field.TYPE_STRING)
        entry.field.add(name="value", number=2, label=1, type=field.TYPE_MESSAGE, type_name=".r.Value")
        record.field.add(name=name, number=number, label=3, type=field.TYPE_MESSAGE, type_name=f".r.Record.{name.title()}Entry")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(proto)
    Record = message_factory.GetMessageClass(pool.FindMessageTypeByName("r.Record"))
    raw = open(request["file"], "rb").read()
    out = np.empty((request["rows"], request["features"]), "f4")
    with timed() as t:
        at = 0
        for row in range(request["rows"]):
            size = int.from_bytes(raw[at + 4 : at + 8], "little")
            out[row] = Record.FromString(raw[at + 8 : at + 8 + size]).features["values"].float32_tensor.values
            at += 8 + size + (-size % 4)
    return t.times()


def log_loss(p, y):
    p = np.clip(np.asarray(p, "f8"), 1e-15, 1 - 1e-15)
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())


def learn_sklearn(solver):
    def learn(x, y, alpha, budget, seed_files):
        from sklearn.linear_model import LogisticRegression, SGDClassifier

        if solver == "sgd":
            model = SGDClassifier(loss="log_loss", alpha=alpha, max_iter=budget, tol=None, random_state=0)
        else:
            model = LogisticRegression(C=1 / (alpha * x.shape[0]), solver=solver, tol=1e-12, max_iter=budget)
        with timed() as t:
            model.fit(x, y)
        return t, lambda test: model.predict_proba(test)[:, 1]

    return learn


def learn_xgboost(x, y, alpha, budget, files):
    import xgboost

    xgboost.set_config(verbosity=0)
    params = dict(booster="gblinear", objective="binary:logistic", updater="coord_descent", nthread=1, eta=0.5, reg_lambda=alpha)
    rows = xgboost.DMatrix(x, label=y)
    with timed() as t:
        model = xgboost.train(params, rows, budget)
    return t, lambda test: model.predict(xgboost.DMatrix(test))


def learn_lightgbm(x, y, alpha, budget, files):
    import lightgbm

    params = dict(objective="binary", linear_tree=True, num_threads=1, verbosity=-1, linear_lambda=alpha, force_col_wise=True)
    rows = lightgbm.Dataset(x, label=y, params=params).construct()
    with timed() as t:
        model = lightgbm.train(params, rows, budget)
    return t, model.predict


def learn_glmnet(x, y, alpha, budget, files):
    from glmnet import LogitNet

    # A path down to the wanted penalty, as glmnet is meant to be used; the budget is its length.
    path = np.geomspace(max(1.0, 10 * alpha), alpha, max(2, budget))
    model = LogitNet(alpha=0, n_splits=0, lambda_path=path, standardize=False, tol=1e-7)
    with timed() as t:
        model.fit(x, y)
    return t, lambda test: 1 / (1 + np.exp(-(test @ model.coef_path_[0, :, -1] + model.intercept_path_[0, -1])))


def learn_vw(x, y, alpha, budget, files):
    from vowpalwabbit import Workspace

    cache, text = files["cache"], files["text"]
    if not os.path.exists(cache):
        # The text is parsed once, outside the clock.
        Workspace(f"-d {text} --cache_file {cache} --noop -b {files['bits']} --quiet").finish()
    # No --l2: with its adaptive steps that of the others keeps it far above their loss.
    arguments = f"-d {text} --cache_file {cache} --passes {budget} --holdout_off --loss_function logistic -b {files['bits']} --quiet"
    with timed() as t:
        model = Workspace(arguments + f" -f {cache}.model")
        model.finish()
    predictions = cache + ".predictions"
    Workspace(f"-t -i {cache}.model -d {files['test']} --link logistic -p {predictions} --quiet").finish()
    return t, lambda test: np.loadtxt(predictions)


def learn_torch(x, y, alpha, budget, files):
    import torch

    torch.set_num_threads(1)
    rows, labels = torch.from_numpy(x), torch.from_numpy(y)
    model = torch.nn.Linear(x.shape[1], 1)
    loss = torch.nn.BCEWithLogitsLoss()
    optimiser = torch.optim.Adam(model.parameters(), 0.02)
    size = min(1000, max(32, len(y) // 20))
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1, 0.01, budget * (len(y) // size))
    with timed() as t:
        for _ in range(budget):
            for at in range(0, len(y), size):
                optimiser.zero_grad()
                value = loss(model(rows[at : at + size]).squeeze(1), labels[at : at + size])
                (value + alpha / 2 * model.weight.square().sum()).backward()
                optimiser.step()
                schedule.step()
    return t, lambda test: torch.sigmoid(model(torch.from_numpy(test))).squeeze(1).detach().numpy()


def learn_torch_lbfgs(x, y, alpha, budget, files):
    import torch

    torch.set_num_threads(1)
    rows, labels = torch.from_numpy(x), torch.from_numpy(y)
    model = torch.nn.Linear(x.shape[1], 1)
    loss = torch.nn.BCEWithLogitsLoss()
    optimiser = torch.optim.LBFGS(model.parameters(), max_iter=budget, line_search_fn="strong_wolfe", tolerance_change=0)

    def closure():
        optimiser.zero_grad()
        value = loss(model(rows).squeeze(1), labels) + alpha / 2 * model.weight.square().sum()
        value.backward()
        return value

    with timed() as t:
        optimiser.step(closure)
    return t, lambda test: torch.sigmoid(model(torch.from_numpy(test))).squeeze(1).detach().numpy()


LEARNERS = {
    "lbfgs": (learn_sklearn("lbfgs"), "f8"),
    "newton-cholesky": (learn_sklearn("newton-cholesky"), "f8"),
    "liblinear": (learn_sklearn("liblinear"), "f8"),
    "saga": (learn_sklearn("saga"), "f4"),
    "sgd": (learn_sklearn("sgd"), "f8"),
    "xgboost": (learn_xgboost, "f4"),
    "lightgbm": (learn_lightgbm, "f4"),
    "glmnet": (learn_glmnet, "f8"),
    "vw": (learn_vw, "f4"),
    "torch-adam": (learn_torch, "f4"),
    "torch-lbfgs": (learn_torch_lbfgs, "f4"),
}


@op
def learn(request):
    """Trains a peer with a budget of passes, iterations or rounds; answers time and held-out log-loss."""
    function, dtype = LEARNERS[request["peer"]]
    x, y = rows_of(request, dtype)
    test_x, test_y = rows_of({"data": request["test"]}, dtype)
    t, probabilities = function(x, y, request["alpha"], request["budget"], request.get("files", {}))
    return t.times() | {"loss": log_loss(probabilities(test_x), test_y)}


# Peers print to standard output as they like; only answers may come out there.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"value": OPS[request["op"]](request)}
    except BaseException as error:  # A peer that fails is a row of the table, not an end of the bench.
        answer = {"error": f"{type(error).__name__}: {error}"[:300]}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
