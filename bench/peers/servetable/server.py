"""A service for one model in the manner usual in Python: FastAPI with a pydantic model of the request.

  BACKEND=onnx  MODEL=net.onnx uvicorn server:app
  BACKEND=torch MODEL=net.safetensors SIZES=784,512,256,10 uvicorn server:app

POST /predict {"rows": [[...], ...]} answers {"probabilities": [[...], ...]}.
"""
import os

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

backend, path = os.environ["BACKEND"], os.environ["MODEL"]
if backend == "onnx":
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    output = [o.name for o in session.get_outputs() if "prob" in o.name.lower()][0]

    def predict(rows):
        return session.run([output], {name: rows})[0]
else:
    import torch
    from safetensors.torch import load_file

    sizes = [int(s) for s in os.environ["SIZES"].split(",")]
    layers = []
    for i in range(len(sizes) - 1):
        layers += [torch.nn.Linear(sizes[i], sizes[i + 1]), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1], torch.nn.Softmax(dim=1))
    net.load_state_dict(load_file(path))
    net.eval()

    def predict(rows):
        with torch.inference_mode():
            return net(torch.from_numpy(rows)).numpy()


class Request(BaseModel):
    rows: list[list[float]]


app = FastAPI()


@app.post("/predict")
def answer(request: Request):
    return {"probabilities": predict(np.asarray(request.rows, dtype=np.float32)).tolist()}


@app.get("/healthz")
def health():
    return "ok"
