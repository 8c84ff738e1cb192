# Prints "operation elements ns-per-element" for PyTorch on one thread, float32.
import sys, time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_flush_denormal(True)
print("version", torch.__version__, 0)


def clock(n, f):
    f()
    count, spent = 1, 0.0
    while True:
        start = time.perf_counter()
        for _ in range(count):
            f()
        spent = time.perf_counter() - start
        if spent > 2e-3:
            break
        count *= 2
    best = []
    for _ in range(9):
        start = time.perf_counter()
        for _ in range(count):
            f()
        best.append((time.perf_counter() - start) / count)
    return sorted(best)[4] / n * 1e9


def report(name, n, f):
    print(name, n, clock(n, f))
    sys.stdout.flush()


def writing(name, y, *arguments, **options):
    """An operation into memory that is there, where PyTorch has that form."""
    for place in (torch, torch._C._nn, torch.ops.aten):
        op = getattr(place, name, None)
        op = getattr(op, "out", op)
        try:
            op(*arguments, out=y, **options)
        except (TypeError, RuntimeError, AttributeError):
            continue
        return lambda: op(*arguments, out=y, **options)
    return lambda: getattr(F, name)(*arguments, **options)


def dropouts(x, y, p):
    """The ways to draw a mask and scale what it keeps; the fastest counts."""
    mask = torch.empty_like(x)
    yield lambda: F.dropout(x, p, True)
    yield lambda: torch.native_dropout(x, p, True)
    yield lambda: torch.mul(x, mask.bernoulli_(1 - p).mul_(1 / (1 - p)), out=y)


for n in [1 << 10, 1 << 14, 1 << 18, 1 << 24]:
    x, y = torch.rand(n) * 8 - 4, torch.empty(n)
    for name in ["exp", "expm1", "log", "log1p", "sigmoid", "tanh", "erf", "sqrt", "rsqrt", "softplus", "relu", "gelu", "silu", "elu"]:
        z = x.abs() + 0.01 if name in ("log", "log1p", "sqrt", "rsqrt") else x
        report(name, n, writing(name, y, z))
    report("gelu_tanh", n, writing("gelu", y, x, approximate="tanh"))
    print("dropout", n, min(clock(n, f) for f in dropouts(x, y, 0.5)))


def backward(f, *inputs):
    def run():
        for t in inputs:
            t.grad = None
        f().backward()

    return run


for rows, cols in [(128, 10), (128, 1000)]:
    x = torch.randn(rows, cols, requires_grad=True)
    labels = torch.randint(cols, (rows,))
    report(f"cross_entropy_{rows}x{cols}", rows * cols, backward(lambda: F.cross_entropy(x, labels), x))
for rows, cols in [(128, 512), (1024, 1024)]:
    x, g = torch.randn(rows, cols, requires_grad=True), torch.randn(rows, cols)
    layer = torch.nn.BatchNorm1d(cols)

    def step():
        x.grad = layer.weight.grad = layer.bias.grad = None
        layer(x).backward(g)

    report(f"batch_norm_{rows}x{cols}", rows * cols, step)
n = 1 << 20
w = torch.nn.Parameter(torch.randn(n))
w.grad = torch.randn(n)
for form in ["fused", "foreach"]:
    try:
        optimizer = torch.optim.AdamW([w], **{form: True})
        optimizer.step()
    except (TypeError, RuntimeError):
        continue  # this version has it for no CPU
    report("adamw_" + form, n, optimizer.step)
