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


for n in [1 << 10, 1 << 14, 1 << 18, 1 << 24]:
    x, y = torch.rand(n) * 8 - 4, torch.empty(n)
    for name in ["exp", "expm1", "log", "log1p", "sigmoid", "tanh", "erf", "sqrt", "rsqrt"]:
        op = getattr(torch, name)
        z = x.abs() + 0.01 if name in ("log", "log1p", "sqrt", "rsqrt") else x
        report(name, n, lambda: op(z, out=y))
    report("softplus", n, lambda: F.softplus(x))
    report("relu", n, lambda: torch.relu(x))
    report("gelu", n, lambda: F.gelu(x))
    report("gelu_tanh", n, lambda: F.gelu(x, approximate="tanh"))
    report("silu", n, lambda: F.silu(x))
    report("elu", n, lambda: F.elu(x))
    report("dropout", n, lambda: F.dropout(x, 0.5, True))


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
optimizer = torch.optim.AdamW([w], foreach=True)
report("adamw", n, optimizer.step)
