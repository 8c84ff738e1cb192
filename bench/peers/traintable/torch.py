# Answers each line "dims optimizer norm batch mode" with the µs of a training step of
# PyTorch, a mean over 30 ms, mode being eager or compiled; and with the peak of the
# process's memory in KiB.
import resource, sys, time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_flush_denormal(True)
print("version", torch.__version__, flush=True)
cache = {}


def optimizer_of(name, params):
    """The optimizer in the fastest form that this version has."""
    for form in ({"fused": True}, {"foreach": True}):
        try:
            if name == "adamw":
                return torch.optim.AdamW(params, lr=1e-3, **form)
            return torch.optim.SGD(params, lr=0.01, momentum=0.9, **form)
        except (TypeError, RuntimeError):
            pass


def make(dims, optimizer, norm, batch, compiled):
    torch.manual_seed(1)
    parts = []
    for i in range(len(dims) - 1):
        parts.append(nn.Linear(dims[i], dims[i + 1]))
        if i + 2 < len(dims):
            parts += [nn.BatchNorm1d(dims[i + 1])] * (norm == "norm") + [nn.ReLU()]
    model = nn.Sequential(*parts)
    x, y = torch.randn(batch, dims[0]), torch.randint(dims[-1], (batch,))
    if optimizer == "inference":
        model.eval()
        run = torch.compile(model) if compiled else model

        def infer():
            with torch.no_grad():
                run(x)

        return infer
    opt = optimizer_of(optimizer, list(model.parameters()))

    def loss():
        return F.cross_entropy(model(x), y)

    if compiled:
        loss = torch.compile(loss)

    def step():
        opt.zero_grad(set_to_none=True)
        loss().backward()
        opt.step()

    return step


for line in sys.stdin:
    dims, optimizer, norm, batch, mode = line.split()
    key = (dims, optimizer, norm, batch, mode)
    try:
        if key not in cache:
            if any(k[:4] != key[:4] for k in cache):
                cache.clear()
            cache[key] = make([int(d) for d in dims.split("-")], optimizer, norm, int(batch), mode == "compiled")
            for _ in range(5):
                cache[key]()
    except Exception as e:
        print("nan 0", flush=True)
        print(str(e).splitlines()[0], file=sys.stderr)
        continue
    step = cache[key]
    step()
    start = time.perf_counter()
    step()
    count = max(1, int(0.03 / max(time.perf_counter() - start, 1e-6)))
    start = time.perf_counter()
    for _ in range(count):
        step()
    us = (time.perf_counter() - start) / count * 1e6
    print(us, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
