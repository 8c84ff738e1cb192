# Answers each line with a number:
#   prepare KIND BATCH FILE MODEL   the sum of the squares that the ONNX file MODEL gives for the rows at the
#     beginning of FILE, float32. KIND is float32 or int8: with weights quantised beforehand
#   time KIND                       the µs of that, a mean over 30 ms
import logging, os, sys, tempfile, time

import numpy as np
import onnxruntime as ort
from onnxruntime.quantization import QuantType, quantize_dynamic

logging.getLogger().setLevel(logging.ERROR)  # it advises to run a preprocessing that this model does not need
threads = int(os.environ["OMP_NUM_THREADS"])
print("version", ort.__version__, flush=True)
prepared = {}


def prepare(kind, batch, file, model):
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    with tempfile.TemporaryDirectory() as folder:
        if kind == "int8":
            source, model = model, os.path.join(folder, "int8.onnx")
            quantize_dynamic(source, model, weight_type=QuantType.QInt8)
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    features = given.shape[1]
    x = np.fromfile(file, dtype=np.float32, count=int(batch) * features).reshape(int(batch), features)
    output, feed = [session.get_outputs()[0].name], {given.name: x}
    prepared[kind] = lambda: session.run(output, feed)
    return float(np.square(prepared[kind]()[0].astype(np.float64)).sum())


def clock(kind):
    run = prepared[kind]
    run()
    start = time.perf_counter()
    run()
    count = max(1, int(0.03 / max(time.perf_counter() - start, 1e-6)))
    start = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - start) / count * 1e6


for line in sys.stdin:
    what, *words = line.split()
    try:
        print(prepare(*words) if what == "prepare" else clock(*words), flush=True)
    except Exception as e:
        print("nan", flush=True)
        print((str(e).splitlines() or [type(e).__name__])[0], file=sys.stderr)
