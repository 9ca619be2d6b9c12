"""Logs the training of any torch.nn.Module as Backprop's events (docs/events.md), for Open Run Folder... in the editor.

    from backprop_watch import watch

    log = watch(model, "runs/first", epochs=20)
    for epoch in range(20):
        for x, t in batches:
            optimizer.zero_grad()
            loss = loss_of(model(x), t)
            loss.backward()
            log.batch(loss, rows=len(x))  # after backward, before the update
            optimizer.step()
        log.epoch(val_loss=..., accuracy=...)
    log.finish()

A Keras 3 model on the PyTorch backend is such a module; docs/cluster.md has its `train_step`.
"""
import json
import time
from pathlib import Path

import torch


class watch:
    def __init__(self, model, folder, epochs, name=None):
        name = name or type(model).__name__
        own = {layer or name: (kind, [w for w in weights if w.requires_grad]) for layer, kind, weights in weights_of(model)}
        self.layers = {layer: weights for layer, (_, weights) in own.items() if weights}
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.file = open(Path(folder, "history.jsonl"), "w", encoding="utf-8")
        self.epochs, self.seconds, self.began = 0, 0.0, time.perf_counter()
        layers = [{"id": layer, "kind": own[layer][0], "inputs": [], "shape": units_of(model, weights), "parameters": sum(p.numel() for p in weights)}
                  for layer, weights in self.layers.items()]
        self.write("started", version=1, model=name, run=name, layers=layers, rows={"train": 0}, epochs=epochs, kernels=f"torch {torch.__version__}")
        self.reset()

    def reset(self):
        self.loss, self.rows, self.batches = 0.0, 0, {layer: [] for layer in self.layers}
        self.before = {layer: flat(weights) for layer, weights in self.layers.items()}

    def batch(self, loss, rows):
        """Adds a batch after its reverse pass. The gradients must be of the mean loss of the batch's rows."""
        self.loss, self.rows = self.loss + float(torch.as_tensor(loss).detach()) * rows, self.rows + rows
        for layer, weights in self.layers.items():
            g = flat([torch.zeros_like(p) if p.grad is None else p.grad for p in weights])
            self.batches[layer].append(torch.stack([g.norm(), g.mean(), (g * g).mean(), (g == 0).double().mean(), g.abs().max()]))

    def epoch(self, val_loss=None, learning_rate=None, **metrics):
        """Writes the epoch's event."""
        seconds, self.began = time.perf_counter() - self.began, time.perf_counter()
        self.epochs, self.seconds = self.epochs + 1, self.seconds + seconds
        self.write("epoch", epoch=self.epochs, loss=self.loss / max(self.rows, 1), val_loss=None if val_loss is None else float(val_loss),
                   metrics={metric: float(value) for metric, value in metrics.items() if value is not None}, learning_rate=learning_rate, seconds=seconds,
                   layers=[self.statistics(layer) for layer in self.layers])
        self.reset()

    def statistics(self, layer):
        before, after = self.before[layer], flat(self.layers[layer])
        batches = torch.stack(self.batches[layer] or [torch.zeros(5, dtype=torch.float64)])
        norm, mean, square, zeros, _ = batches.mean(0).tolist()
        gradient = {"norm": norm, "mean": mean, "spread": max(0.0, square - mean * mean) ** 0.5, "zeros": zeros, "max": float(batches[:, 4].max())}
        size = float(before.norm())
        return {"name": layer, "gradient": gradient, "weight_norm": float(after.norm()),
                "update_ratio": float((after - before).norm()) / size / len(batches) if size > 0 else 0.0}

    def finish(self):
        self.write("finished", epochs=self.epochs, seconds=self.seconds)
        self.file.close()

    def write(self, kind, **event):
        # JSON lacks NaN and infinity, so null replaces them.
        event = json.loads(json.dumps({"event": kind, **event}), parse_constant=lambda name: None)
        self.file.write(json.dumps(event, ensure_ascii=False) + "\n")
        self.file.flush()


def weights_of(model):
    """Returns the name, the kind and the weights of each layer."""
    if is_keras(model):
        return [(layer.name, type(layer).__name__, [weight.value for weight in layer.trainable_weights]) for layer in model.layers]
    return [(layer, type(module).__name__, list(module.parameters(recurse=False))) for layer, module in model.named_modules()]


def units_of(model, weights):
    """Returns the number of units, which is on the first axis of PyTorch's weights and on the last axis of Keras'."""
    return list(weights[-1].shape[-1:] if is_keras(model) else weights[-1].shape[:1])


def is_keras(model):
    return hasattr(model, "trainable_weights")


def flat(tensors):
    return torch.cat([(t.to_dense() if t.is_sparse else t).detach().flatten().double().cpu() for t in tensors])
