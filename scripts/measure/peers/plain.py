"""Trains a workload as plain PyTorch code does. Arguments: the workload as JSON, and a job's data file. Prints a line after each epoch."""
import json
import sys

import torch
from safetensors.torch import load_file

work, data = json.loads(sys.argv[1]), load_file(sys.argv[2])
x, y = data["features"], data["target_0"][:, 0].long()
activation = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}[work["hidden"]]
layers = []
for inputs, units in zip(work["layers"], work["layers"][1:]):
    layers += [torch.nn.Linear(inputs, units), activation()]
net = torch.nn.Sequential(*layers[:-1])
loss_of = torch.nn.CrossEntropyLoss()
optimizer = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[work["optimizer"]](net.parameters(), lr=work["rate"])
for epoch in range(1, work["epochs"] + 1):
    total = 0.0
    for rows in torch.randperm(len(x)).split(work["batch"]):
        optimizer.zero_grad()
        loss = loss_of(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    print(f"epoch {epoch}/{work['epochs']}  loss {total / len(x):.6g}", flush=True)
