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


def columns(rows, cols):
    """What bench-columns measures at one shape, by the names of our kernels."""
    n, shape = rows * cols, f"_{rows}x{cols}"
    x, y, g = torch.randn(rows, cols), torch.empty(rows, cols), torch.randn(rows, cols)
    w, b, mean, var = torch.ones(cols), torch.zeros(cols), torch.zeros(cols), torch.ones(cols)
    labels, targets = torch.randint(cols, (rows,)), torch.softmax(torch.randn(rows, cols), 1)
    report("columnsums" + shape, n, lambda: torch.sum(x, 0, out=mean))
    report("columnmoments" + shape, n, lambda: torch.var_mean(x, 0, correction=0))
    report("argmax" + shape, n, lambda: torch.argmax(x, 1))
    report("addbias" + shape, n, lambda: torch.add(x, b, out=y))
    report("softmax" + shape, n, lambda: torch.softmax(x, 1, out=y))
    report("logsoftmax" + shape, n, lambda: torch.log_softmax(x, 1, out=y))
    report("logsumexp" + shape, n, lambda: torch.logsumexp(x, 1))
    run = mean.clone(), var.clone()
    y, m, v = torch.native_batch_norm(x, w, b, *run, True, 0.1, 1e-5)
    report("batchnormforward" + shape, n, lambda: torch.native_batch_norm(x, w, b, *run, True, 0.1, 1e-5))
    report("batchnorminfer" + shape, n, lambda: torch.native_batch_norm(x, w, b, *run, False, 0.1, 1e-5))
    three = [True, True, True]
    op = torch.ops.aten.native_batch_norm_backward
    report("batchnormbackward" + shape, n, lambda: op(g, x, w, *run, m, v, True, 1e-5, three))
    y, m, v = torch.native_layer_norm(x, [cols], w, b, 1e-5)
    report("layernormforward" + shape, n, lambda: torch.native_layer_norm(x, [cols], w, b, 1e-5))
    op2 = torch.ops.aten.native_layer_norm_backward
    report("layernormbackward" + shape, n, lambda: op2(g, x, [cols], m, v, w, b, three))
    if hasattr(F, "rms_norm"):  # since PyTorch 2.4
        report("rmsnormforward" + shape, n, lambda: F.rms_norm(x, [cols], w, 1e-5))
    report("prelu" + shape, n, lambda: torch.prelu(x, w))
    z = x.clone().requires_grad_()
    report("softmaxcrossentropy" + shape, n, backward(lambda: F.cross_entropy(z, labels), z))
    report("softmaxcrossentropytargets" + shape, n, backward(lambda: F.cross_entropy(z, targets), z))


def backward(f, *inputs):
    def run():
        for t in inputs:
            t.grad = None
        f().backward()

    return run


shapes = [[int(v) for v in shape.split("x")] for shape in sys.argv[1:]]
for rows, cols in shapes:
    columns(rows, cols)
if shapes:
    sys.exit()

for n in [1 << 10, 1 << 14, 1 << 18, 1 << 24]:
    x, y = torch.rand(n) * 8 - 4, torch.empty(n)
    for name in ["exp", "expm1", "log", "log1p", "sigmoid", "tanh", "erf", "sqrt", "rsqrt", "softplus", "relu", "gelu", "silu", "elu"]:
        z = x.abs() + 0.01 if name in ("log", "log1p", "sqrt", "rsqrt") else x
        report(name, n, writing(name, y, z))
    report("gelu_tanh", n, writing("gelu", y, x, approximate="tanh"))
    print("dropout", n, min(clock(n, f) for f in dropouts(x, y, 0.5)))
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
