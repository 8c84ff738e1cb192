"""Trains on, in PyTorch, what main.go has trained, and leaves the result for it: see there."""

import json
import sys

import torch
import torch.nn as nn
from safetensors import safe_open
from safetensors.torch import load_file, save_file

folder = sys.argv[1]
with safe_open(f"{folder}/data.safetensors", "pt") as f:
    want = float(f.metadata()["loss"])
    x, labels = f.get_tensor("x"), f.get_tensor("labels").long()
state = load_file(f"{folder}/go.safetensors")
loss_of = nn.CrossEntropyLoss()


class Model(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return self.net(x)


def loss(m):
    m.eval()
    with torch.no_grad():
        return loss_of(m(x), labels).item()


model = Model(nn.Linear(8, 32), nn.GELU(), nn.BatchNorm1d(32), nn.Sequential(nn.Linear(32, 32), nn.PReLU(32)), nn.LayerNorm(32),
              nn.Dropout(0.1), nn.Linear(32, 3))
model.load_state_dict(state, strict=True)
before = loss(model)
assert abs(before - want) <= 1e-5, f"the loss is {before}, want {want} as in Go"

torch.set_num_threads(1)  # so small a net gains nothing from more
torch.manual_seed(1)
optimizer = torch.optim.Adam(model.parameters(), 3e-3)
model.train()
for epoch in range(10):
    for rows in torch.randperm(len(x)).split(32):
        optimizer.zero_grad()
        loss_of(model(x[rows]), labels[rows]).backward()
        optimizer.step()
after = loss(model)
assert after < 0.95 * before, f"the loss went from {before} to {after} in training, want it to fall"
print(f"PyTorch trains on from loss {before:.4f} to {after:.4f}")

other = Model(nn.Linear(8, 32), nn.GELU(), nn.BatchNorm1d(32), nn.LayerNorm(32))
try:
    other.load_state_dict(state, strict=True)
    sys.exit("load_state_dict took a file with other tensors")
except RuntimeError:
    pass
result = other.load_state_dict(state, strict=False)
save_file(model.state_dict(), f"{folder}/torch.safetensors",
          {"loss": repr(after), "batches": str(model.net[2].num_batches_tracked.item()),
           "partial": json.dumps({"missing": result.missing_keys, "unused": result.unexpected_keys})})
