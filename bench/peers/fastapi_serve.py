"""FastAPI with onnxruntime: a linear classifier behind POST /invocations, as the bench's peer for serving.

Arguments: a JSON file with `weights` and `bias`, and a port. Reads CSV and JSON, answers as the endpoint does.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime
import uvicorn
from fastapi import FastAPI, Request, Response
from onnx import TensorProto, helper, numpy_helper

with open(sys.argv[1]) as file:
    model = json.load(file)
weights = np.array(model["weights"], dtype=np.float32).reshape(-1, 1)
graph = helper.make_graph(
    [
        helper.make_node("MatMul", ["x", "w"], ["xw"]),
        helper.make_node("Add", ["xw", "b"], ["z"]),
        helper.make_node("Sigmoid", ["z"], ["p"]),
    ],
    "linear",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, len(weights)])],
    [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 1])],
    [
        numpy_helper.from_array(weights, "w"),
        numpy_helper.from_array(np.array([model["bias"]], dtype=np.float32), "b"),
    ],
)
built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnx.checker.check_model(built)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(built.SerializeToString(), options, providers=["CPUExecutionProvider"])
app = FastAPI()


@app.get("/ping")
def ping():
    return Response()


@app.post("/invocations")
async def invocations(request: Request):
    body = await request.body()
    if request.headers["content-type"] == "text/csv":
        rows = np.array([line.split(b",") for line in body.split(b"\n") if line], dtype=np.float32)
    else:
        rows = np.array([row["features"] for row in json.loads(body)["instances"]], dtype=np.float32)
    scores = session.run(None, {"x": rows})[0][:, 0].tolist()
    answer = {"predictions": [{"score": score, "predicted_label": int(score > 0.5)} for score in scores]}
    return Response(json.dumps(answer), media_type="application/json")


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
