"""What each framework's image does where the script has no function for it: see the inference toolkits of Amazon's images.
Text arrives as str, other bodies as bytes."""

import importlib
import io
import os

from sagemaker_inference import content_types, decoder, encoder, errors, utils
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler


def handler_of(framework):
    return {
        "sklearn": ScikitLearn,
        "xgboost-script": XGBoost,
        "pytorch": PyTorch,
        "tensorflow": TensorFlow,
        "mxnet": Framework,
    }.get(framework, Framework)()


def plain(body, content_type):
    """A body and its content type without parameters such as charset, which no script and no decoder expects."""
    content_type = (content_type or "").partition(";")[0].strip()
    if content_type in content_types.UTF8_TYPES and isinstance(body, (bytes, bytearray)):
        body = body.decode("utf-8")
    return body, content_type


def decode(body, content_type):
    """As the toolkit does it, but an array of objects, which is a pickle, is refused: reading one runs what it says."""
    if content_type == content_types.NPY:
        return importlib.import_module("numpy").load(io.BytesIO(body), allow_pickle=False)
    return decoder.decode(body, content_type)


class Framework(DefaultInferenceHandler):
    def default_input_fn(self, input_data, content_type, context=None):
        return decode(*plain(input_data, content_type))

    def default_model_fn(self, model_dir, context=None):
        files = ", ".join(sorted(os.listdir(model_dir))) or "nothing"
        raise NotImplementedError(
            "The script has no model_fn(model_dir), and this image cannot tell how to load the model; "
            f"the model's folder holds: {files}"
        )

    def default_predict_fn(self, data, model, context=None):
        raise NotImplementedError("The script has no predict_fn(data, model)")


class ScikitLearn(Framework):
    def default_input_fn(self, input_data, content_type, context=None):
        input_data, content_type = plain(input_data, content_type)
        if content_type != content_types.CSV:
            return decode(input_data, content_type)
        rows = [line for line in input_data.splitlines() if line.strip()]
        if not rows:
            raise ValueError("The body has no rows of CSV")
        data = decode(input_data, content_type)
        # A single row, and a single column, are one dimension to numpy, two to every estimator.
        # Columns of several kinds are the fields of one.
        return data.reshape(len(rows), -1) if data.ndim < 2 and data.dtype.names is None and data.size % len(rows) == 0 else data

    def default_predict_fn(self, data, model, context=None):
        return model.predict(data)


class XGBoost(Framework):
    def default_input_fn(self, input_data, content_type, context=None):
        xgboost = importlib.import_module("xgboost")
        input_data, content_type = plain(input_data, content_type)
        if content_type == content_types.CSV:
            rows = [[float(cell) if cell.strip() else float("nan") for cell in line.split(",")] for line in input_data.strip().splitlines()]
            return xgboost.DMatrix(importlib.import_module("numpy").array(rows))
        if content_type in ("text/libsvm", "text/x-libsvm"):
            return xgboost.DMatrix(*libsvm(input_data))
        raise errors.UnsupportedFormatError(content_type)

    def default_predict_fn(self, data, model, context=None):
        if hasattr(model, "get_booster"):
            model = model.get_booster()
        return model.predict(data, validate_features=False)


def libsvm(text):
    """Rows of `label index:value ...`, indices from 0, as a sparse matrix."""
    if isinstance(text, bytes):
        text = text.decode()
    sparse = importlib.import_module("scipy.sparse")
    values, columns, starts = [], [], [0]
    for line in text.strip().splitlines():
        for cell in (part for part in line.split() if ":" in part):
            index, value = cell.split(":", 1)
            columns.append(int(index))
            values.append(float(value))
        starts.append(len(values))
    return (sparse.csr_matrix((values, columns, starts)),)


class PyTorch(Framework):
    def default_model_fn(self, model_dir, context=None):
        path = os.path.join(model_dir, "model.pth")
        if not os.path.exists(path):
            return super().default_model_fn(model_dir)
        torch = importlib.import_module("torch")
        try:
            return torch.jit.load(path, map_location="cpu").eval()
        except RuntimeError as problem:
            raise ValueError("model.pth is not a TorchScript archive: the script needs a model_fn(model_dir)") from problem

    def default_input_fn(self, input_data, content_type, context=None):
        torch = importlib.import_module("torch")
        data = decode(*plain(input_data, content_type))
        return torch.FloatTensor(data.astype("float32"))

    def default_predict_fn(self, data, model, context=None):
        with importlib.import_module("torch").no_grad():
            return model(data)

    def default_output_fn(self, prediction, accept, context=None):
        if hasattr(prediction, "detach"):
            prediction = prediction.detach().cpu().numpy()
        return super().default_output_fn(prediction, accept)


class TensorFlow(Framework):
    """A SavedModel in a folder of its version number, asked and answered in the JSON of TensorFlow Serving."""

    def default_model_fn(self, model_dir, context=None):
        tensorflow = importlib.import_module("tensorflow")
        folders = [folder for folder, _, files in os.walk(model_dir) if "saved_model.pb" in files]
        if not folders:
            return super().default_model_fn(model_dir)
        newest = max(folders, key=lambda folder: (os.path.basename(folder).isdigit() and int(os.path.basename(folder)), folder))
        loaded = tensorflow.saved_model.load(newest)
        if "serving_default" not in loaded.signatures:
            raise ValueError(f"The SavedModel has no signature serving_default; it has: {', '.join(loaded.signatures)}")
        # The signature belongs to the object, which must live as long.
        return loaded, loaded.signatures["serving_default"]

    def default_input_fn(self, input_data, content_type, context=None):
        input_data, content_type = plain(input_data, content_type)
        if content_type == content_types.CSV:
            return decode(input_data, content_type).reshape(len(input_data.strip().splitlines()), -1)
        if content_type != content_types.JSON:
            return decode(input_data, content_type)
        data = importlib.import_module("json").loads(input_data)
        if isinstance(data, dict):
            return data.get("instances", data.get("inputs", data))
        return data

    def default_predict_fn(self, data, model, context=None):
        tensorflow = importlib.import_module("tensorflow")
        _, signature = model
        specs = signature.structured_input_signature[1]
        if isinstance(data, list) and data and isinstance(data[0], dict):
            data = {name: [row[name] for row in data] for name in data[0]}
        if not isinstance(data, dict):
            if len(specs) != 1:
                raise ValueError(f"The model has the inputs {', '.join(sorted(specs))}: give instances with these names")
            data = {next(iter(specs)): data}
        answers = signature(**{name: tensorflow.constant(values, dtype=specs[name].dtype) for name, values in data.items()})
        return {name: values.numpy() for name, values in answers.items()}

    def default_output_fn(self, prediction, accept, context=None):
        one = next(iter(prediction.values())) if len(prediction) == 1 else None
        for wanted in utils.parse_accept(accept):
            if wanted == content_types.JSON:
                rows = one if one is not None else [dict(zip(prediction, row)) for row in zip(*prediction.values())]
                return encoder.encode({"predictions": rows}, wanted), wanted
            if one is not None and wanted in encoder.SUPPORTED_CONTENT_TYPES:
                return encoder.encode(one, wanted), wanted
        raise errors.UnsupportedFormatError(accept)
