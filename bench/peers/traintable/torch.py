# Answers each line "dims optimizer norm batch" with the median µs of a training step
# of PyTorch, eager. The last line it reads ends it.
import sys, time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_flush_denormal(True)
print("version", torch.__version__, flush=True)
cache = {}


def make(dims, optimizer, norm, batch):
    torch.manual_seed(1)
    parts = []
    for i in range(len(dims) - 1):
        parts.append(nn.Linear(dims[i], dims[i + 1]))
        if i + 2 < len(dims):
            parts += [nn.BatchNorm1d(dims[i + 1])] * (norm == "norm") + [nn.ReLU()]
    model = nn.Sequential(*parts)
    if optimizer == "adamw":
        opt = torch.optim.AdamW(model.parameters(), lr=1e-3, foreach=True)
    else:
        opt = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, foreach=True)
    x, y = torch.randn(batch, dims[0]), torch.randint(dims[-1], (batch,))
    if optimizer == "inference":
        model.eval()

        def infer():
            with torch.no_grad():
                model(x)

        return infer

    def step():
        opt.zero_grad(set_to_none=True)
        F.cross_entropy(model(x), y).backward()
        opt.step()

    return step


for line in sys.stdin:
    dims, optimizer, norm, batch = line.split()
    key = (dims, optimizer, norm, batch)
    if key not in cache:
        cache.clear()
        cache[key] = make([int(d) for d in dims.split("-")], optimizer, norm, int(batch))
        for _ in range(5):
            cache[key]()
    step = cache[key]
    step()
    start = time.perf_counter()
    step()
    count = max(1, int(0.03 / max(time.perf_counter() - start, 1e-6)))
    start = time.perf_counter()
    for _ in range(count):
        step()
    print((time.perf_counter() - start) / count * 1e6, flush=True)
