# Answers each line with a number:
#   prepare TYPE LEVEL M N K TRANSA TRANSB FILE   0; computes op(A) op(B) of the operands in the file and
#     writes it into FILE.out. TYPE, float32 or bfloat16, is that of all three matrices, LEVEL that of
#     set_float32_matmul_precision. TRANSA and TRANSB are true or false
#   time LEVEL    the ns of that product, a mean over some ms
import sys, time

import torch

print("version", torch.__version__, flush=True)
run = None


def prepare(kind, level, m, n, k, trans_a, trans_b, file):
    global run
    m, n, k = int(m), int(n), int(k)
    dtype = getattr(torch, kind)
    with open(file, "rb") as f:
        values = torch.frombuffer(bytearray(f.read()), dtype=dtype)
    a, b = values[: m * k].clone(), values[m * k :].clone()
    a = a.view(k, m).T if trans_a == "true" else a.view(m, k)
    b = b.view(n, k).T if trans_b == "true" else b.view(k, n)
    c = torch.empty(m, n, dtype=dtype)
    torch.set_float32_matmul_precision(level)
    torch.mm(a, b, out=c)
    with open(file + ".out", "wb") as f:
        f.write(c.view(torch.uint8).numpy().tobytes())
    run = lambda: torch.mm(a, b, out=c)
    return 0


def clock(level):
    torch.set_float32_matmul_precision(level)
    run()
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            run()
        took = time.perf_counter() - start
        if took >= 0.002:
            return took / count * 1e9
        count *= 2


for line in sys.stdin:
    what, *words = line.split()
    try:
        print(prepare(*words) if what == "prepare" else clock(*words), flush=True)
    except Exception as e:
        print("nan", flush=True)
        print((str(e).splitlines() or [type(e).__name__])[0], file=sys.stderr)
