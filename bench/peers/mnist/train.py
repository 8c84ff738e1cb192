"""The training of `make demo` in PyTorch: 784-512-256-10 with BatchNorm, ReLU and dropout
0.2, Adam from 0.002 along a cosine, batches of 128, 10 epochs, the test set after each. The
arguments are the folder of MNIST's files and a seed. Inputs stay in one tensor, batches
are taken by index: no loader stands in the way."""

import gzip
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

began = time.perf_counter()
folder, seed = sys.argv[1], int(sys.argv[2])
torch.manual_seed(seed)
torch.set_flush_denormal(True)


def read(name, offset):
    with gzip.open(f"{folder}/{name}") as f:
        return np.frombuffer(f.read(), np.uint8, offset=offset)


def images(name):
    x = torch.from_numpy(read(name, 16).reshape(-1, 784).astype(np.float32))
    return x.div_(255).sub_(0.1307).div_(0.3081)


def labels(name):
    return torch.from_numpy(read(name, 8).astype(np.int64))


x, y = images("train-images-idx3-ubyte.gz"), labels("train-labels-idx1-ubyte.gz")
tx, ty = images("t10k-images-idx3-ubyte.gz"), labels("t10k-labels-idx1-ubyte.gz")
model = nn.Sequential(
    nn.Linear(784, 512, bias=False), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(512, 256, bias=False), nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(256, 10))
try:
    opt = torch.optim.Adam(model.parameters(), lr=2e-3, fused=True)
except (TypeError, RuntimeError):
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
EPOCHS, BATCH = 10, 128
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt, EPOCHS * ((len(x) + BATCH - 1) // BATCH))
first = None
for epoch in range(EPOCHS):
    model.train()
    for i in torch.randperm(len(x)).split(BATCH):
        opt.zero_grad(set_to_none=True)
        F.cross_entropy(model(x[i]), y[i]).backward()
        opt.step()
        schedule.step()
    model.eval()
    with torch.no_grad():
        accuracy = 100 * (model(tx).argmax(1) == ty).float().mean().item()
    if accuracy >= 98.3 and first is None:
        first = time.perf_counter() - began
print(f"test accuracy: {accuracy:.2f} %   PyTorch {torch.__version__}, {torch.get_num_threads()} threads, "
      f"{time.perf_counter() - began:.1f} s behind its import, 98.3 % after {first and round(first, 1)} s")
