# Answers each line with a number:
#   prepare MODE DIMS OPTIMIZER NORM BATCH RATE SLOW STEPS FILE   the loss after STEPS steps
#     from the problem in the file; MODE is eager or compiled, or one of them with -bf16 behind it: under
#     autocast to bfloat16; of inference, the sum of the squares that come out. MODE is eager-int8 as well
#     there: weights quantised beforehand, activations as they come
#   time MODE   the µs of a further step at the rate SLOW, a mean over 30 ms
#   memory      the peak of the process's memory in KiB
import resource, sys, time, warnings

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_flush_denormal(True)
print("version", torch.__version__, flush=True)
at_hand, prepared = None, {}


def optimizer_of(name, weights, others, rate):
    """The optimizer in the fastest form that this version has."""
    for form in ({"fused": True}, {"foreach": True}):
        try:
            if name == "adamw":
                return torch.optim.AdamW([{"params": weights, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}], lr=rate, **form)
            return torch.optim.SGD(weights + others, lr=rate, momentum=0.9, **form)
        except (TypeError, RuntimeError):
            pass


def take(values, *shape):
    """The first values of a list of one tensor, which loses them."""
    n = 1
    for d in shape:
        n *= d
    part, values[0] = values[0][:n], values[0][n:]
    return part.reshape(shape)


def quantised(model):
    """The model with its Linear layers in int8."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)


def make(dims, optimizer, norm, batch, rate, file, mode):
    form, _, bits = mode.partition("-")
    compiled, half = form == "compiled", bits == "bf16"
    with open(file, "rb") as f:
        values = [torch.frombuffer(bytearray(f.read()), dtype=torch.float32)]
    x = take(values, batch, dims[0]).clone()
    labels = take(values, batch).clone().view(torch.int32).long()
    parts, weights, others = [], [], []
    for i in range(len(dims) - 1):
        m = nn.Linear(dims[i], dims[i + 1])
        with torch.no_grad():
            m.weight.copy_(take(values, dims[i], dims[i + 1]).T)
            m.bias.copy_(take(values, dims[i + 1]))
        parts.append(m)
        weights.append(m.weight)
        others.append(m.bias)
        if i + 2 < len(dims):
            if norm == "norm":
                parts.append(nn.BatchNorm1d(dims[i + 1]))
                others += list(parts[-1].parameters())
            parts.append(nn.ReLU())
    model = nn.Sequential(*parts)
    if optimizer == "inference":
        model.eval()
        if bits == "int8":
            model = quantised(model)
        elif half:
            model, x = model.bfloat16(), x.bfloat16()
        run = torch.compile(model) if compiled else model

        def infer():
            with torch.no_grad():
                return run(x)

        return infer, lambda: infer().double().square().sum().item(), None
    opt = optimizer_of(optimizer, weights, others, rate)
    y = labels[:, None].float()

    def loss():
        if dims[-1] == 1:
            return F.binary_cross_entropy_with_logits(model(x), y)
        return F.cross_entropy(model(x), labels)

    if half:
        full = loss

        def loss():
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return full()

    if compiled:
        loss = torch.compile(loss)

    def step():
        opt.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        opt.step()
        return value

    return step, lambda: step().item(), opt


def prepare(mode, dims, optimizer, norm, batch, rate, slow, steps, file):
    global at_hand
    setting = (dims, optimizer, norm, batch)
    if setting != at_hand:
        at_hand = setting
        prepared.clear()
        if hasattr(torch, "_dynamo"):
            torch._dynamo.reset()  # else it would take the batch for one that varies, or give up
    step, value, opt = make([int(d) for d in dims.split("-")], optimizer, norm, int(batch), float(rate), file, mode)
    for _ in range(int(steps)):
        last = value()
    for group in opt.param_groups if opt else []:
        group["lr"] = float(slow)
    prepared[mode] = step
    step()
    return last


def clock(mode):
    step = prepared[mode]
    step()
    start = time.perf_counter()
    step()
    count = max(1, int(0.03 / max(time.perf_counter() - start, 1e-6)))
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count * 1e6


for line in sys.stdin:
    what, *words = line.split()
    try:
        if what == "prepare":
            print(prepare(*words), flush=True)
        elif what == "time":
            print(clock(*words), flush=True)
        else:
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)
    except Exception as e:
        print("nan", flush=True)
        print((str(e).splitlines() or [type(e).__name__])[0], file=sys.stderr)
